// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import {
  ask,
  call,
  Daemon,
  logLines,
  run,
  Scratch,
  until,
  untilServed,
} from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'

/** Takes the lock that upstream takes, fcntl(2)'s F_SETLK. */
const LOCK = `import fcntl, sys
fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)`

async function canLock(path: string): Promise<boolean> {
  const { exitCode, stderr } = await run(['python3', '-c', LOCK, path])
  if (exitCode !== 0) expect(stderr).toContain('BlockingIOError')
  return exitCode === 0
}

test('the pid file holds the daemon’s number and belongs to root alone', async () => {
  using scratch = new Scratch()
  const daemon = await Daemon.start(scratch)
  expect(scratch.read('pid')).toBe(`${daemon.pid}\n`)
  expect(statSync(scratch.file('pid')).mode & 0o777).toBe(0o600)
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s removes the pid file', async (signal) => {
  using scratch = new Scratch()
  const daemon = await Daemon.start(scratch)
  daemon.kill(signal)
  await until('the daemon has ended', () => !daemon.isRunning)
  expect(existsSync(scratch.file('pid'))).toBe(false)
})

test.if(needs('python3'))('the pid file is locked as upstream locks it', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('free'), '')
  expect(await canLock(scratch.file('free'))).toBe(true)
  await Daemon.start(scratch)
  expect(await canLock(scratch.file('pid'))).toBe(false)
})

test.if(needs('python3'))('a client that reads the pid file does not unlock it', async () => {
  using scratch = new Scratch()
  await Daemon.start(scratch)
  using client = await RawClient.connect(scratch.file('s'))
  const opened = await ask(client, 'guest-file-open', { path: scratch.file('pid') })
  await ask(client, 'guest-file-close', { handle: opened.return })
  expect(await canLock(scratch.file('pid'))).toBe(false)
})

test('a second daemon fails, and touches neither socket nor pid file of the first', async () => {
  using scratch = new Scratch()
  const first = await Daemon.start(scratch)
  const before = [statSync(scratch.file('s')), statSync(scratch.file('pid'))]
  const second = await run([EXECUTABLE, '-d', ...scratch.options])
  expect(second).toMatchObject({ exitCode: 1, stdout: '' })
  expect(logLines(second.stderr)).toEqual([
    'critical: Cannot lock pid file: Resource temporarily unavailable',
    'critical: error initializing guest agent',
  ])
  expect([statSync(scratch.file('s')), statSync(scratch.file('pid'))]).toEqual(before)
  expect(scratch.read('pid')).toBe(`${first.pid}\n`)
  expect(await call<object>(scratch.file('s'), 'guest-ping')).toEqual({})
})

test('of daemons that start at once one serves and the others fail', async () => {
  using scratch = new Scratch()
  const starts = await Promise.all(
    Array.from({ length: 6 }, () => run([EXECUTABLE, '-d', ...scratch.options])),
  )
  expect(starts.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1, 1, 1, 1, 1])
  expect(await call<object>(scratch.file('s'), 'guest-ping')).toEqual({})
})

test('the pid file of a daemon that was killed is taken over', async () => {
  using scratch = new Scratch()
  const killed = await Daemon.start(scratch)
  killed.kill('SIGKILL')
  await until('it has ended', () => !killed.isRunning)
  const daemon = await Daemon.start(scratch)
  expect(scratch.read('pid')).toBe(`${daemon.pid}\n`)
  expect(daemon.pid).not.toBe(killed.pid)
})

test('a longer number in an old pid file leaves no trace', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('pid'), '12345678901234567890\n')
  const daemon = await Daemon.start(scratch)
  expect(scratch.read('pid')).toBe(`${daemon.pid}\n`)
})

test('-D leaves the pid file of a running daemon alone', async () => {
  using scratch = new Scratch()
  const daemon = await Daemon.start(scratch)
  writeFileSync(scratch.file('conf'), '[general]\ndaemon=true\n')
  const dumped = await run([EXECUTABLE, '-c', scratch.file('conf'), ...scratch.options, '-D'])
  expect(dumped.exitCode).toBe(0)
  expect(scratch.read('pid')).toBe(`${daemon.pid}\n`)
})

test('a start that fails leaves the pid file of a running daemon alone', async () => {
  using scratch = new Scratch()
  const daemon = await Daemon.start(scratch)
  const ended = await run([EXECUTABLE, '-d', ...scratch.options, '-t', scratch.file('none')])
  expect(ended.exitCode).toBe(1)
  expect(scratch.read('pid')).toBe(`${daemon.pid}\n`)
})

test('a pid file that cannot be made ends the start', async () => {
  using scratch = new Scratch()
  const path = scratch.file('none/pid')
  const ended = await run([EXECUTABLE, '-d', ...scratch.options, '-f', path])
  expect(ended.exitCode).toBe(1)
  expect(logLines(ended.stderr)).toEqual([
    `critical: Could not create '${path}': No such file or directory`,
    'critical: error initializing guest agent',
  ])
})

test('an agent in the foreground has no pid file', async () => {
  using scratch = new Scratch()
  const agent = Bun.spawn([EXECUTABLE, ...scratch.options])
  await untilServed(scratch.file('s'))
  expect(existsSync(scratch.file('pid'))).toBe(false)
  agent.kill()
  expect(await agent.exited).toBe(0)
})
