// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { EXECUTABLE } from '../harness/executable.ts'
import { session, statusLine } from '../harness/process-stat.ts'
import {
  ask,
  call,
  Daemon,
  logLines,
  outputOf,
  run,
  Scratch,
  until,
  untilServed,
} from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'

test('-d returns when the daemon serves', async () => {
  for (let i = 0; i < 5; i++) {
    using scratch = new Scratch()
    await Daemon.start(scratch)
    // No second try: the socket has to be there by now.
    expect(await call<object>(scratch.file('s'), 'guest-ping')).toEqual({})
  }
})

test('a daemon has cut its ties to where it was started', async () => {
  using scratch = new Scratch()
  const daemon = await Daemon.start(scratch, [], { cwd: scratch.path })
  expect(session(daemon.pid)).toBe(daemon.pid)
  expect(readlinkSync(`/proc/${daemon.pid}/cwd`)).toBe('/')
  expect(statusLine(daemon.pid, 'Umask')).toBe('0077')
  for (const fd of [0, 1, 2]) {
    expect(readlinkSync(`/proc/${daemon.pid}/fd/${fd}`)).toBe('/dev/null')
  }
})

test('a daemon gives its directory and umask to the programs that it starts', async () => {
  using scratch = new Scratch()
  await Daemon.start(scratch)
  using client = await RawClient.connect(scratch.file('s'))
  expect(await outputOf(client, '/bin/sh', '-c', 'pwd; umask')).toMatch(/^\/\n0?077\n$/)
})

test('a daemon gives its programs no descriptors of its own', async () => {
  using scratch = new Scratch()
  await Daemon.start(scratch, ['-v', '-l', scratch.file('log')])
  using client = await RawClient.connect(scratch.file('s'))
  await ask(client, 'guest-file-open', { path: '/dev/null' })
  const links = await outputOf(client, '/bin/sh', '-c', 'readlink /proc/$$/fd/*')
  expect(links).toMatch(/^\/dev\/null\npipe:\[\d+\]\npipe:\[\d+\]\n$/)
})

test('a daemon keeps to its paths when they are relative', async () => {
  using scratch = new Scratch()
  const options = ['-p', 's', '-t', '.', '-f', 'pid', '-l', 'log']
  const daemon = await Daemon.start(scratch, options, { cwd: scratch.path })
  expect(await call<number>(scratch.file('s'), 'guest-file-open', { path: '/dev/null' })).toBe(1000)
  expect(scratch.read('qga.state')).toContain('fd_counter=1001\n')
  daemon.kill('SIGTERM')
  await until('the pid file is gone', () => !existsSync(scratch.file('pid')))
})

test('daemon=true in the file makes a daemon too', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('conf'), '[general]\ndaemon=true\n')
  const ended = await run([EXECUTABLE, '-c', scratch.file('conf'), ...scratch.options])
  expect(ended).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
  const pid = Number(scratch.read('pid'))
  expect(session(pid)).toBe(pid)
})

test('what the daemon says of its failure comes from the command that was typed', async () => {
  using scratch = new Scratch()
  const ended = await run([EXECUTABLE, '-d', ...scratch.options, '-p', scratch.file('none/s')])
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' })
  expect(logLines(ended.stderr)).toEqual([
    `critical: Failed to bind socket to ${scratch.file('none/s')}: No such file or directory`,
    'critical: failed to create guest agent channel',
    'critical: failed to initialize guest agent channel',
    'critical: error initializing guest agent',
  ])
  expect(existsSync(scratch.file('pid'))).toBe(false)
})

test('a broken configuration is told once', async () => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('conf'), '[general\n')
  const ended = await run([EXECUTABLE, '-d', '-c', scratch.file('conf'), ...scratch.options])
  expect(ended.exitCode).toBe(1)
  expect(ended.stderr.match(/error loading configuration/g)).toHaveLength(1)
})

test('-d returns at once while --retry-path waits for the channel', async () => {
  using scratch = new Scratch()
  const late = scratch.file('late/s')
  const daemon = await Daemon.start(scratch, ['-r', '-p', late])
  expect(daemon.isRunning).toBe(true)
  mkdirSync(scratch.file('late'))
  await untilServed(late)
  expect(await call<object>(late, 'guest-ping')).toEqual({})
})

test('a daemon lives on when the command that was typed is killed', async () => {
  using scratch = new Scratch()
  const typed = Bun.spawn([EXECUTABLE, '-d', ...scratch.options])
  await until('the daemon has begun', () => existsSync(scratch.file('qga.state')))
  typed.kill('SIGKILL')
  await untilServed(scratch.file('s'))
  expect(await call<object>(scratch.file('s'), 'guest-ping')).toEqual({})
})

test('a daemon starts from an executable that has been removed meanwhile', async () => {
  using scratch = new Scratch()
  copyFileSync(EXECUTABLE, scratch.file('qga'))
  const script = 'exec 9<"$0"; rm "$0"; exec /proc/self/fd/9 "$@"'
  const ended = await run([
    ...['/bin/sh', '-c', script, scratch.file('qga')],
    ...['-d', ...scratch.options],
  ])
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
  using client = await RawClient.connect(scratch.file('s'))
  // Which needs koffi, too, out of a file that has no name any more.
  expect(await outputOf(client, '/bin/echo', 'works')).toBe('works\n')
})

test('a daemon goes on when its executable is replaced', async () => {
  using scratch = new Scratch()
  copyFileSync(EXECUTABLE, scratch.file('qga'))
  await Daemon.start(scratch, [], { executable: scratch.file('qga') })
  copyFileSync(EXECUTABLE, scratch.file('new'))
  await run(['mv', scratch.file('new'), scratch.file('qga')])
  using client = await RawClient.connect(scratch.file('s'))
  expect(await outputOf(client, '/bin/echo', 'works')).toBe('works\n')
})

test('the log of a daemon is the file that -l names', async () => {
  using scratch = new Scratch()
  const daemon = await Daemon.start(scratch, ['-v', '-l', scratch.file('log')])
  using client = await RawClient.connect(scratch.file('s'))
  await ask(client, 'guest-ping')
  await until('it is logged', () => scratch.read('log').includes('guest-ping'))
  expect(statSync(scratch.file('log')).mode & 0o777).toBe(0o640)
  expect(readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8')).toContain(scratch.file('log'))
})
