// SPDX-License-Identifier: Apache-2.0
/** The agent before this one ended between freeze and thaw; here only the marker says so. */
import { expect, test } from 'bun:test'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import type { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { ask, call, run, Scratch, serving } from '../harness/program.ts'

/** Those that upstream, too, has enabled while frozen. */
const SAFE = [
  'guest-sync-delimited',
  'guest-sync',
  'guest-ping',
  'guest-info',
  'guest-fsfreeze-status',
  'guest-fsfreeze-thaw',
]

function leftFrozen(scratch: Scratch, ...options: string[]): Promise<Agent> {
  writeFileSync(scratch.file('qga.state.isfrozen'), '')
  return serving({ directory: scratch.path, options })
}

interface Info {
  readonly supported_commands: readonly { readonly name: string; readonly enabled: boolean }[]
}

test('only the safe commands are enabled, and guest-info says so', async () => {
  using scratch = new Scratch()
  using agent = await leftFrozen(scratch)
  const info = await call<Info>(agent.socket, 'guest-info')
  const names = info.supported_commands.map(({ name }) => name)
  const enabled = info.supported_commands.filter((one) => one.enabled).map(({ name }) => name)
  expect(enabled.toReversed()).toEqual(SAFE.filter((name) => names.includes(name)))
})

test('the others are refused', async () => {
  using scratch = new Scratch()
  using agent = await leftFrozen(scratch)
  using client = await agent.connect()
  for (const name of ['guest-file-open', 'guest-exec', 'guest-get-host-name']) {
    expect(await ask(client, name)).toEqual({
      error: {
        class: 'CommandNotFound',
        desc: `Command ${name} has been disabled: the command is not allowed`,
      },
    })
  }
  expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
})

test('the lists do not take the safe commands away', async () => {
  using scratch = new Scratch()
  using agent = await leftFrozen(scratch, '-b', 'guest-ping', '-a', 'guest-exec')
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test('nothing is made, changed or logged in the state directory', async () => {
  using scratch = new Scratch()
  const before = () => readdirSync(scratch.path).filter((name) => name !== 's')
  writeFileSync(scratch.file('log'), '')
  writeFileSync(scratch.file('qga.state'), '[global]\nfd_counter=1234\n')
  const { mtimeNs } = statSync(scratch.file('qga.state'), { bigint: true })
  using agent = await leftFrozen(scratch, '-v', '-l', scratch.file('log'))
  const names = before()
  using client = await agent.connect()
  await ask(client, 'guest-ping')
  await ask(client, 'guest-file-open', { path: '/dev/null' })
  await agent.kill()
  expect(before()).toEqual(names)
  expect(scratch.read('log')).toBe('')
  expect(scratch.read('qga.state')).toBe('[global]\nfd_counter=1234\n')
  expect(statSync(scratch.file('qga.state'), { bigint: true }).mtimeNs).toBe(mtimeNs)
})

test('a log file is not made', async () => {
  using scratch = new Scratch()
  using agent = await leftFrozen(scratch, '-v', '-l', scratch.file('log'))
  await agent.kill()
  expect(existsSync(scratch.file('log'))).toBe(false)
})

test('standard error says once, in upstream’s form, that only safe commands are enabled', async () => {
  using scratch = new Scratch()
  using agent = await leftFrozen(scratch)
  await agent.kill()
  expect(agent.stderr()).toMatch(
    /^\n\*\* \(process:\d+\): WARNING \*\*: \d\d:\d\d:\d\d\.\d{3}: previous instance appears to have exited with frozen filesystems.*\n$/,
  )
})

test('a daemon that starts frozen serves, and makes no pid file', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('qga.state.isfrozen'), '')
  const agent = await serving({ directory: scratch.path, options: ['-d', '-f', scratch.file('p')] })
  expect(existsSync(scratch.file('p'))).toBe(false)
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test("a marker that cannot be looked at ends the start in upstream's words", async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('file'), '')
  const ended = await run([EXECUTABLE, ...scratch.options, '-t', scratch.file('file')])
  expect(ended.exitCode).toBe(1)
  expect(ended.stderr).toEndWith(
    `unable to access state file at path ${scratch.file('file')}/qga.state.isfrozen: Not a directory\n`,
  )
})
