// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { EXECUTABLE } from '../harness/executable.ts'
import { ask, call, logLines, run, Scratch, serving } from '../harness/program.ts'

interface Info {
  readonly supported_commands: readonly { readonly name: string; readonly enabled: boolean }[]
}

/** The names that guest-info calls enabled, in their order, of an agent with these options. */
async function enabled(...options: string[]): Promise<readonly string[]> {
  using agent = await serving({ options: [...options, '-v'] })
  const info = await call<Info>(agent.socket, 'guest-info')
  return info.supported_commands.filter((command) => command.enabled).map(({ name }) => name)
}

async function existing(): Promise<readonly string[]> {
  const { stdout } = await run([EXECUTABLE, '-b', 'help'])
  return stdout.trimEnd().split('\n')
}

const disabled = (name: string) => ({
  error: {
    class: 'CommandNotFound',
    desc: `Command ${name} has been disabled: the command is not allowed`,
  },
})

test('without lists everything is enabled', async () => {
  expect(await enabled()).toEqual((await existing()).toReversed())
})

test('-b takes commands away', async () => {
  const names = await enabled('-b', 'guest-ping,guest-exec', '--block-rpcs=guest-file-open')
  const gone = ['guest-ping', 'guest-exec', 'guest-file-open']
  expect(names).toEqual((await existing()).filter((name) => !gone.includes(name)).toReversed())
})

test('-a leaves only what it names', async () => {
  expect(await enabled('-a', 'guest-ping,guest-info', '--allow-rpcs=guest-sync')).toEqual([
    'guest-info',
    'guest-ping',
    'guest-sync',
  ])
})

test('of a command in both lists the block counts', async () => {
  expect(await enabled('-a', 'guest-ping,guest-info', '-b', 'guest-ping')).toEqual(['guest-info'])
})

test('the lists of the file and of the options add up', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('conf'), '[general]\nallow-rpcs=guest-info\nblock-rpcs=guest-sync\n')
  expect(await enabled('-c', scratch.file('conf'), '-a', 'guest-ping,guest-sync')).toEqual([
    'guest-info',
    'guest-ping',
  ])
})

test('a disabled command is refused, and says so without a look at its arguments', async () => {
  using agent = await serving({ options: ['-b', 'guest-ping,guest-file-open'] })
  using client = await agent.connect()
  expect(await ask(client, 'guest-ping')).toEqual(disabled('guest-ping'))
  expect(await ask(client, 'guest-file-open', { no: 1 })).toEqual(disabled('guest-file-open'))
  expect(await ask(client, 'guest-sync', { id: 1 })).toEqual({ return: 1 })
})

test.each(['-bhelp', '-a?', '--block-rpcs=?', '--allow-rpcs=help'])(
  '%s prints the commands and ends',
  async (option) => {
    const ended = await run([EXECUTABLE, option, '-b', 'guest-ping'])
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
    const names = ended.stdout.trimEnd().split('\n')
    expect(names.slice(0, 3)).toEqual(['guest-sync-delimited', 'guest-sync', 'guest-ping'])
    expect(new Set(names).size).toBe(names.length)
  },
)

test('help is a name like any other within a list', async () => {
  expect(await enabled('-a', 'help,guest-info')).toEqual(['guest-info'])
})

test.each(['-a', '-b'])('a name in %s that no command has is told in the log', async (option) => {
  using agent = await serving({ options: ['-v', option, 'guest-ping,guest-pnig'] })
  await agent.stop()
  const warnings = logLines(agent.stderr()).filter((line) => line.startsWith('warning'))
  expect(warnings).toEqual([
    'warning: no command is called "guest-pnig": the entry in the lists does nothing',
  ])
})

test('an allow list of only unknown names allows nothing', async () => {
  using agent = await serving({ options: ['-a', 'guest-pnig'] })
  using client = await agent.connect()
  for (const name of await existing()) expect(await ask(client, name)).toEqual(disabled(name))
})

test('a lone comma in the allow list allows nothing', async () => {
  using agent = await serving({ options: ['-a', ','] })
  using client = await agent.connect()
  expect(await ask(client, 'guest-info')).toEqual(disabled('guest-info'))
})

test('an allow list without a name is no list, which is told in the log', async () => {
  expect(await enabled('--allow-rpcs=')).toEqual((await existing()).toReversed())
  using agent = await serving({ options: ['-v', '--allow-rpcs='] })
  await agent.stop()
  expect(logLines(agent.stderr())).toContain(
    'warning: allow-rpcs names no command: that allows every command, not none',
  )
})

test('names are not trimmed', async () => {
  expect(await enabled('-a', 'guest-info, guest-ping')).toEqual(['guest-info'])
})

test('a list in the file that cannot be decoded is one line, not a crash', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('conf'), '[general]\nblock-rpcs=guest-\\x\n')
  const ended = await run([EXECUTABLE, '-c', scratch.file('conf'), ...scratch.options])
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' })
  expect(ended.stderr.trim().split('\n')).toHaveLength(1)
  expect(ended.stderr).toContain('block-rpcs')
})
