// SPDX-License-Identifier: Apache-2.0
/** guest-exec with real processes, in process. */
import { beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { launch, permitted, reach } from '../../../platform/linux/exec.ts'
import { createExecHandlers } from '../../../src/portable/exec.ts'
import { EncodedBytes } from '../../../src/wire/base64.ts'
import { tempDir } from '../../harness/temp-dir.ts'

type Exec = ReturnType<typeof createExecHandlers>
type Request = Parameters<Exec['guest-exec']>[0]

let exec: Exec
let lines: string[]

beforeEach(() => {
  lines = []
  exec = createExecHandlers(
    { reach, permitted, launch, account: (message) => void lines.push(message) },
    {
      maxJobs: 3,
      maxOutput: 64 * 1024 * 1024,
      maxStream: 16 * 1024 * 1024,
      maxInput: 64 * 1024 * 1024,
      resultAgeMs: 3_600_000,
    },
  )
})

/** Starts a program and asks until it has ended, with the output as text. */
async function run(request: Request) {
  const { pid } = await exec['guest-exec'](request)
  for (;;) {
    const status = await exec['guest-exec-status']({ pid })
    if (!status.exited) {
      expect(status).toEqual({ exited: false })
      await Bun.sleep(2)
      continue
    }
    const { 'out-data': out, 'err-data': err, ...rest } = status
    return {
      ...rest,
      ...(out && { out: Buffer.from(out).toString() }),
      ...(err && { err: Buffer.from(err).toString() }),
    }
  }
}

function shell(script: string, capture?: Request['capture-output']): Request {
  return {
    path: 'sh',
    arg: ['-c', script],
    ...(capture !== undefined && { 'capture-output': capture }),
  }
}

function input(text: string): EncodedBytes {
  return new EncodedBytes([Buffer.from(text)])
}

const BOTH = 'echo out; echo err >&2; exit 3'

describe('guest-exec captures', () => {
  const out = { out: 'out\n', 'out-truncated': false }
  const err = { err: 'err\n', 'err-truncated': false }
  test.each([
    [undefined, {}],
    [false, {}],
    ['none', {}],
    [true, { ...out, ...err }],
    ['separated', { ...out, ...err }],
    ['stdout', out],
    ['stderr', err],
    ['merged', { out: 'out\nerr\n', 'out-truncated': false }],
  ] as const)('%p', async (capture, streams) => {
    expect(await run(shell(BOTH, capture))).toEqual({ exited: true, exitcode: 3, ...streams })
  })

  test('16 MiB of a stream, and says when there was more', async () => {
    const exact = await run(shell('head -c 16777216 /dev/zero', true))
    expect([exact.out?.length, exact['out-truncated']]).toEqual([16777216, false])
    const more = await run(shell('head -c 16777217 /dev/zero', true))
    expect([more.out?.length, more['out-truncated']]).toEqual([16777216, true])
  })

  test('into pipes that the program can open again', async () => {
    const { out } = await run(shell('[ -p /dev/stdout ] && echo again > /dev/stdout', true))
    expect(out).toBe('again\n')
  })

  test('until the last process that holds the stream has ended', async () => {
    using dir = tempDir()
    const gate = `${dir.path}/gate`
    if (Bun.spawnSync(['mkfifo', gate]).exitCode !== 0) throw new Error('no mkfifo')
    const { pid } = await exec['guest-exec'](shell(`{ cat '${gate}'; } & echo first`, true))
    while (existsSync(`/proc/${pid}`)) await Bun.sleep(2)
    expect(await exec['guest-exec-status']({ pid })).toEqual({ exited: false })
    writeFileSync(gate, 'second\n')
    let status = await exec['guest-exec-status']({ pid })
    while (!status.exited) {
      await Bun.sleep(2)
      status = await exec['guest-exec-status']({ pid })
    }
    expect(Buffer.from(status['out-data'] ?? []).toString()).toBe('first\nsecond\n')
  })
})

describe('guest-exec tells', () => {
  test.each([
    ['exit 0', { exitcode: 0 }],
    ['exit 255', { exitcode: 255 }],
    ['kill -9 $$', { signal: 9 }],
    ['kill -TERM $$', { signal: 15 }],
    ['kill -40 $$', { signal: 40 }],
  ])('how `%s` ended', async (script, ending) => {
    expect(await run(shell(script))).toEqual({ exited: true, ...ending })
  })

  test.each([
    ['no-such-program', 'No such file or directory'],
    ['/no/such/program', 'No such file or directory'],
    ['/etc/passwd', 'Permission denied'],
    ['/tmp', 'Permission denied'],
    ['', 'No such file or directory'],
  ])('why %j cannot be started', (path, reason) => {
    expect(() => exec['guest-exec']({ path })).toThrow(
      `Failed to execute child process \u201C${path}\u201D (${reason})`,
    )
  })

  test('nothing of a process that is unknown or was asked about before', async () => {
    const { pid } = await exec['guest-exec'](shell('true'))
    while (!(await exec['guest-exec-status']({ pid })).exited) await Bun.sleep(2)
    for (const unknown of [pid, 0, -1]) {
      expect(() => exec['guest-exec-status']({ pid: unknown })).toThrow('PID ld does not exist')
    }
  })
})

describe('guest-exec gives the program', () => {
  test('its input through a pipe that is closed behind it', async () => {
    const request = shell('[ -p /dev/stdin ] && cat', true)
    expect((await run({ ...request, 'input-data': input('hello') })).out).toBe('hello')
    expect(await run({ ...request, 'input-data': input('') })).toEqual({
      exited: true,
      exitcode: 0,
    })
  })

  test('/dev/null to read when there is no input', async () => {
    expect((await run(shell('readlink /proc/self/fd/0', true))).out).toBe('/dev/null\n')
  })

  test("exactly the environment of the request, or the agent's own", async () => {
    const path = '/usr/bin/env'
    expect((await run({ path, env: ['A=1', 'B=x=y'], 'capture-output': true })).out).toBe(
      'A=1\nB=x=y\n',
    )
    expect(await run({ path, env: [], 'capture-output': true })).toEqual({
      exited: true,
      exitcode: 0,
    })
    const own = await run({ path, 'capture-output': true })
    expect(own.out).toContain(`PATH=${process.env['PATH']}\n`)
  })

  test('no descriptor but the three, and the path as its name', async () => {
    expect((await run(shell('ls /proc/self/fd; echo $0', true))).out).toBe('0\n1\n2\n3\nsh\n')
  })

  test('arguments as they are', async () => {
    const arg = ['%s|', 'a b', '', '"é"\n']
    const { out } = await run({ path: 'printf', arg, 'capture-output': true })
    expect(out).toBe('a b||"é"\n|')
  })
})

describe('guest-exec finds the program', () => {
  test('in the PATH of the request, past what may not be executed', async () => {
    using dir = tempDir()
    for (const [name, mode] of [
      ['first', 0o644],
      ['second', 0o755],
    ] as const) {
      mkdirSync(`${dir.path}/${name}`)
      writeFileSync(`${dir.path}/${name}/tool`, `#!/bin/sh\necho ${name}\n`)
      chmodSync(`${dir.path}/${name}/tool`, mode)
    }
    const env = [`PATH=${dir.path}/first:${dir.path}/second:/bin`]
    expect((await run({ path: 'tool', env, 'capture-output': true })).out).toBe('second\n')
    expect(() => exec['guest-exec']({ path: 'tool', env: [`PATH=${dir.path}/first`] })).toThrow(
      'Failed to execute child process \u201Ctool\u201D (Permission denied)',
    )
  })

  test('and runs a script without a first line by the shell', async () => {
    using dir = tempDir()
    const path = `${dir.path}/script`
    writeFileSync(path, 'echo "$1"\n')
    chmodSync(path, 0o755)
    expect((await run({ path, arg: ['x y'], 'capture-output': true })).out).toBe('x y\n')
  })
})

describe('guest-exec costs a bounded amount', () => {
  test('of processes that nobody asks about', async () => {
    for (let i = 0; i < 3; i++) await exec['guest-exec'](shell('true'))
    expect(() => exec['guest-exec'](shell('true'))).toThrow('the limit is max-exec-jobs=3')
  })

  test('of descriptors, whatever the end', async () => {
    const open = () => readdirSync('/proc/self/fd').length
    const unread = { path: 'true', 'input-data': input('x'.repeat(1_000_000)) }
    await run({ ...shell(BOTH, true), 'input-data': input('x') })
    const before = open()
    for (let i = 0; i < 20; i++) {
      await run({ ...shell(BOTH, true), 'input-data': input('x') })
      await run(unread)
      expect(() => exec['guest-exec']({ path: '/nope', 'capture-output': true })).toThrow()
    }
    expect(open()).toBeLessThanOrEqual(before)
  })
})

test('guest-exec is accounted for with its arguments', async () => {
  await run(shell('exit 1'))
  expect(lines).toEqual(['guest-exec called: "sh -c exit 1"'])
})
