// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { version } from '../../package.json'
import type { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { ask, logLines, run, Scratch, serving, until } from '../harness/program.ts'

function logging(scratch: Scratch, ...options: string[]): Promise<Agent> {
  return serving({ directory: scratch.path, options: ['-l', scratch.file('log'), ...options] })
}

/** The names in the lines about requests, in their order. */
function requests(scratch: Scratch): readonly string[] {
  const found = scratch.read('log').matchAll(/: debug: read data, command: (\S+), /g)
  return Array.from(found, ([, name]) => name as string)
}

test('every line has the time in microseconds, the level and the message', async () => {
  using scratch = new Scratch()
  const earliest = Date.now() / 1000 - 1
  using agent = await logging(scratch, '-v')
  using client = await agent.connect()
  await ask(client, 'guest-ping')
  await agent.stop()
  const lines = scratch.read('log').trimEnd().split('\n')
  expect(lines.length).toBeGreaterThanOrEqual(3)
  for (const line of lines) {
    const [, time, level] = /^(\d+\.\d{6}): ([a-z]+): .+$/.exec(line) ?? []
    expect(level).toBe('debug')
    expect(Number(time)).toBeGreaterThan(earliest)
    expect(Number(time)).toBeLessThan(Date.now() / 1000 + 1)
  }
  expect(logLines(lines.join('\n'))).toEqual([
    `debug: QEMU Guest Agent 11.1.0 (qga ${version}) started`,
    'debug: read data, command: guest-ping, arguments: {}',
    'debug: received signal num 15, quitting',
  ])
})

test('a file that is there already is continued', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('log'), 'before\n')
  using agent = await logging(scratch, '-v')
  await agent.stop()
  expect(scratch.read('log')).toMatch(/^before\n\d+\.\d{6}: debug: /)
})

test('without -v nothing is written in normal work', async () => {
  using scratch = new Scratch()
  using agent = await logging(scratch, '-b', 'guest-no-such-command')
  using client = await agent.connect()
  await ask(client, 'guest-ping')
  await ask(client, 'guest-file-open', { path: '/nonexistent/file' })
  await ask(client, 'guest-no-such-command')
  client.send('nonsense\n')
  await client.line()
  await agent.stop()
  expect(scratch.read('log')).toBe('')
  expect(agent.stderr()).toBe('')
})

test('without -v what prevents the start is written', async () => {
  using scratch = new Scratch()
  const ended = await run([EXECUTABLE, ...scratch.options, '-l', scratch.file('log'), '-m', 'x'])
  expect(ended).toMatchObject({ exitCode: 1, stderr: '' })
  expect(logLines(scratch.read('log'))).toEqual([
    'critical: unsupported channel method/type: x',
    'critical: failed to initialize guest agent channel',
    'critical: error initializing guest agent',
  ])
})

test('without -l the log is standard error', async () => {
  using agent = await serving({ options: ['-v'] })
  using client = await agent.connect()
  await ask(client, 'guest-ping')
  await agent.stop()
  expect(agent.stderr()).toContain(': debug: read data, command: guest-ping, arguments: {}\n')
})

test('with -v there is exactly one line for each command', async () => {
  using scratch = new Scratch()
  using agent = await logging(scratch, '-v')
  using client = await agent.connect()
  const names: string[] = []
  for (const [name, args] of [
    ['guest-ping'],
    ['guest-sync', { id: 7 }],
    ['guest-file-open', { path: '/dev/zero' }],
    ['guest-file-read', { handle: 1000, count: 8 * 1024 * 1024 }],
    ['guest-file-read', { handle: 1001 }],
    ['guest-info'],
    ['guest-exec', { path: '/bin/true' }],
    ['guest-ping', { surplus: true }],
  ] as const) {
    names.push(name)
    await ask(client, name, args)
  }
  await agent.stop()
  expect(requests(scratch)).toEqual(names)
})

test('a request cannot forge a line', async () => {
  using scratch = new Scratch()
  using agent = await logging(scratch, '-v')
  using client = await agent.connect()
  const forged = 'x\n1.000000: critical: forged'
  await ask(client, 'guest-file-open', { path: forged, mode: forged })
  await ask(client, forged)
  await ask(client, 'guest-ping', { [forged]: forged })
  await agent.stop()
  expect(scratch.read('log')).not.toMatch(/^1\.000000/m)
})

test('a long request is cut short in the log', async () => {
  using scratch = new Scratch()
  using agent = await logging(scratch, '-v')
  using client = await agent.connect()
  await ask(client, 'guest-file-open', { path: 'x'.repeat(1024 * 1024) })
  await agent.stop()
  expect(scratch.read('log').length).toBeLessThan(4096)
})

test('a log that takes nothing more does not hold up requests', async () => {
  using scratch = new Scratch()
  using agent = await serving({
    directory: scratch.path,
    options: ['-v', '-l', '/dev/full'],
  })
  using client = await agent.connect()
  for (let i = 0; i < 200; i++) expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  expect(await agent.stop()).toBe(0)
})

test('a log that nobody reads does not hold up requests, nor the end', async () => {
  using scratch = new Scratch()
  const fifo = scratch.file('fifo')
  await run(['mkfifo', fifo])
  // Both ends, so that neither open waits; what is written stays in the pipe.
  using agent = await serving({ directory: scratch.path, options: ['-v', '-l', fifo] }, [
    ...['/bin/sh', '-c', `exec 9<>"${fifo}"; exec "$@"`, 'sh'],
  ])
  using client = await agent.connect()
  const requests = 5000
  client.send('{"execute":"guest-ping"}\n'.repeat(requests))
  for (let i = 0; i < requests; i++) await client.line()
  const start = performance.now()
  expect(await agent.stop()).toBe(0)
  expect(performance.now() - start).toBeLessThan(2000)
})

test('after SIGHUP the next line goes to a new file of that name', async () => {
  using scratch = new Scratch()
  using agent = await logging(scratch, '-v')
  using client = await agent.connect()
  await ask(client, 'guest-ping')
  renameSync(scratch.file('log'), scratch.file('log.1'))
  await ask(client, 'guest-get-time')
  // Lines are written behind the replies.
  const before = 'command: guest-get-time,'
  await until('it is in the old file', () => scratch.read('log.1').includes(before))
  process.kill(agent.pid, 'SIGHUP')
  await until('it goes to the new file', async () => {
    await ask(client, 'guest-info')
    return existsSync(scratch.file('log'))
  })
  await agent.stop()
  expect(scratch.read('log.1')).toContain('command: guest-get-time,')
  expect(scratch.read('log')).not.toContain('command: guest-get-time,')
  expect(scratch.read('log')).toContain('received signal num 15')
})
