// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import { logLines, run, Scratch, serving, until } from '../harness/program.ts'

/** The lines of a start that fails, which is checked to end with 1 and to print nothing else. */
async function failure(scratch: Scratch, ...options: string[]): Promise<readonly string[]> {
  const ended = await run([EXECUTABLE, ...scratch.options, ...options])
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' })
  return logLines(ended.stderr)
}

const CHANNEL = [
  'critical: failed to create guest agent channel',
  'critical: failed to initialize guest agent channel',
  'critical: error initializing guest agent',
]

test('a state directory that is not there ends the start', async () => {
  using scratch = new Scratch()
  const path = scratch.file('none')
  expect(await failure(scratch, '-t', path)).toEqual([
    `critical: failed to write persistent state to ${path}/qga.state: No such file or directory`,
    `critical: unable to create state file at path ${path}/qga.state`,
    'critical: failed to load persistent state',
    'critical: error initializing guest agent',
  ])
  expect(existsSync(scratch.file('s'))).toBe(false)
})

test('a corrupt state file costs a warning and the old numbers, not the start', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('qga.state'), 'fd_counter 12\n')
  using agent = await serving({
    directory: scratch.path,
    options: ['-v', '-l', scratch.file('log')],
  })
  using client = await agent.connect()
  client.send('{"execute":"guest-file-open","arguments":{"path":"/dev/null"}}\n')
  expect(await client.line()).toBe('{"return": 1000}')
  expect(await agent.stop()).toBe(0)
  expect(logLines(scratch.read('log'))).toContain(
    `warning: error loading persistent state from path: ${scratch.file('qga.state')}, Key file contains line “fd_counter 12” which is not a key-value pair, group, or comment: numbering starts anew`,
  )
  expect(scratch.read('qga.state')).toContain('fd_counter=1001\n')
})

test('a state file that cannot be read ends the start', async () => {
  using scratch = new Scratch()
  mkdirSync(scratch.file('qga.state'))
  expect(await failure(scratch)).toEqual([
    `critical: error loading persistent state from path: ${scratch.file('qga.state')}, Is a directory`,
    'critical: failed to load persistent state',
    'critical: error initializing guest agent',
  ])
})

test('a log file that cannot be opened ends the start', async () => {
  using scratch = new Scratch()
  expect(await failure(scratch, '-l', scratch.file('none/log'))).toEqual([
    'critical: unable to open specified log file: No such file or directory',
    'critical: error initializing guest agent',
  ])
})

test('reasons to fail go to the log file once it is open', async () => {
  using scratch = new Scratch()
  expect(await failure(scratch, '-l', scratch.file('log'), '-m', 'telepathy')).toEqual([''])
  expect(logLines(scratch.read('log'))).toContain(
    'critical: unsupported channel method/type: telepathy',
  )
})

test('an unknown method ends the start', async () => {
  using scratch = new Scratch()
  expect(await failure(scratch, '-m', 'telepathy')).toEqual([
    'critical: unsupported channel method/type: telepathy',
    'critical: failed to initialize guest agent channel',
    'critical: error initializing guest agent',
  ])
})

test('a method without its path ends the start', async () => {
  using scratch = new Scratch()
  const ended = await run([EXECUTABLE, '-m', 'unix-listen', '-t', scratch.path])
  expect(ended.exitCode).toBe(1)
  expect(ended.stderr).toEndWith(': must specify a path for this channel\n')
})

test('a socket path longer than an address holds ends the start', async () => {
  using scratch = new Scratch()
  const path = scratch.file('x'.repeat(109 - scratch.path.length))
  expect(await failure(scratch, '-p', path)).toEqual([
    `critical: UNIX socket path '${path}' is too long`,
    ...CHANNEL,
  ])
})

test('a socket path as long as an address holds is served', async () => {
  using scratch = new Scratch()
  const path = scratch.file('x'.repeat(107 - scratch.path.length - 1))
  expect(path).toHaveLength(107)
  using agent = new Agent([EXECUTABLE], { directory: scratch.path, options: ['-p', path] })
  await until('the socket is there', () => existsSync(path))
  expect(await agent.stop()).toBe(0)
})

test('a missing directory of the socket ends the start', async () => {
  using scratch = new Scratch()
  const path = scratch.file('none/s')
  expect(await failure(scratch, '-p', path)).toEqual([
    `critical: Failed to bind socket to ${path}: No such file or directory`,
    ...CHANNEL,
  ])
})

test('a file at the path of the socket is somebody’s and stays', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('s'), 'precious')
  expect(await failure(scratch)).toEqual([
    `critical: Failed to bind socket to ${scratch.file('s')}: Address already in use`,
    ...CHANNEL,
  ])
  expect(readFileSync(scratch.file('s'), 'utf8')).toBe('precious')
})

test.if(needs('root'))(
  'another user without rights in the state directory cannot start',
  async () => {
    using scratch = new Scratch()
    chmodSync(scratch.path, 0o755)
    const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
    const ended = await run([...user, EXECUTABLE, ...scratch.options])
    expect(ended.exitCode).toBe(1)
    expect(logLines(ended.stderr)).toEqual([
      `critical: failed to write persistent state to ${scratch.file('qga.state')}: Permission denied`,
      `critical: unable to create state file at path ${scratch.file('qga.state')}`,
      'critical: failed to load persistent state',
      'critical: error initializing guest agent',
    ])
  },
)

test.if(needs('root'))('another user with rights in the directories is served', async () => {
  using scratch = new Scratch()
  chownSync(scratch.path, 65534, 65534)
  const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
  using agent = await serving({ directory: scratch.path }, user)
  using client = await agent.connect()
  client.send('{"execute":"guest-ping"}\n')
  expect(await client.line()).toBe('{"return": {}}')
})

test.each([
  ['below a file', 'file/s', 'Failed to unlink socket @: Not a directory'],
  ['that is a directory', 'dir', 'Failed to unlink socket @: Is a directory'],
])("a socket path %s ends the start in upstream's words", async (_, name, message) => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('file'), '')
  mkdirSync(scratch.file('dir'))
  const path = scratch.file(name)
  const ended = await run([EXECUTABLE, ...scratch.options, '-p', path])
  expect(ended.exitCode).toBe(1)
  expect(ended.stderr).toContain(`critical: ${message.replace('@', path)}\n`)
  expect(ended.stderr).toEndWith('critical: error initializing guest agent\n')
})
