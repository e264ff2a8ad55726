// SPDX-License-Identifier: Apache-2.0
/** Our own keys of the configuration. */
import { expect, test } from 'bun:test'
import { statSync, writeFileSync } from 'node:fs'
import type { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { cpuSeconds, cpuSecondsInOneSecond, statusLine } from '../harness/process-stat.ts'
import { ask, finished, run, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

function configured(scratch: Scratch, ...lines: string[]): Promise<Agent> {
  writeFileSync(scratch.file('conf'), `[general]\n${lines.join('\n')}\n`)
  return serving({ directory: scratch.path, options: ['-c', scratch.file('conf')] })
}

const permissions = (path: string) => statSync(path).mode & 0o7777

test('max-file-handles bounds the open files, and a close makes room', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'max-file-handles=2')
  using client = await agent.connect()
  const open = () => ask(client, 'guest-file-open', { path: '/dev/null' })
  expect([await open(), await open(), await open()]).toEqual([
    { return: 1000 },
    { return: 1001 },
    {
      error: {
        class: 'GenericError',
        desc: 'too many open files: 2, the limit is max-file-handles=2',
      },
    },
  ])
  await ask(client, 'guest-file-close', { handle: 1000 })
  expect(await open()).toEqual({ return: 1002 })
})

test('a file is not touched when there is no room for its handle', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'max-file-handles=1')
  using client = await agent.connect()
  writeFileSync(scratch.file('precious'), 'all of it')
  await ask(client, 'guest-file-open', { path: '/dev/null' })
  await ask(client, 'guest-file-open', { path: scratch.file('precious'), mode: 'w' })
  expect(scratch.read('precious')).toBe('all of it')
})

test('max-exec-jobs bounds programs whose result was not fetched', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'max-exec-jobs=1')
  using client = await agent.connect()
  const first = await ask(client, 'guest-exec', { path: '/bin/sleep', arg: ['60'] })
  const { pid } = first.return as { pid: number }
  const second = await ask(client, 'guest-exec', { path: '/bin/true' })
  expect(second.error?.desc).toBe(
    'too many processes whose result was not fetched: 1, the limit is max-exec-jobs=1',
  )
  process.kill(pid, 'SIGKILL')
  let status: unknown
  do status = (await ask(client, 'guest-exec-status', { pid })).return
  while (!(status as { exited: boolean }).exited)
  expect(status).toEqual({ exited: true, signal: 9 })
  expect(await finished(client, { path: '/bin/true' })).toEqual({ exited: true, exitcode: 0 })
})

test('max-exec-output bounds what is kept, and fetching it makes room', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'max-exec-output=1000')
  using client = await agent.connect()
  const write = (bytes: number) =>
    finished(client, {
      path: '/usr/bin/head',
      arg: ['-c', String(bytes), '/dev/zero'],
      'capture-output': true,
    })
  for (let i = 0; i < 3; i++) {
    expect(await write(1000)).toEqual({
      exited: true,
      exitcode: 0,
      'out-data': Buffer.alloc(1000).toString('base64'),
      'out-truncated': false,
    })
    const { 'out-data': kept, 'out-truncated': isTruncated } = await write(1001)
    expect({ length: Buffer.from(kept ?? '', 'base64').length, isTruncated }).toEqual({
      length: 1000,
      isTruncated: true,
    })
  }
})

test('max-exec-stream bounds what is kept of one stream', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'max-exec-stream=1000')
  using client = await agent.connect()
  const script = 'head -c 1001 /dev/zero; head -c 1000 /dev/zero >&2'
  const request = { path: '/bin/sh', arg: ['-c', script], 'capture-output': true }
  expect(await finished(client, request)).toMatchObject({
    exited: true,
    exitcode: 0,
    'out-data': Buffer.alloc(1000).toString('base64'),
    'out-truncated': true,
    'err-data': Buffer.alloc(1000).toString('base64'),
    'err-truncated': false,
  })
})

test('exec-result-age: a result that nobody fetched makes room, one that is younger does not', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'max-exec-jobs=1', 'exec-result-age=0')
  using client = await agent.connect()
  const script = `echo > ${scratch.file('ran')}`
  const start = () => ask(client, 'guest-exec', { path: '/bin/sh', arg: ['-c', script] })
  const { pid } = (await start()).return as { pid: number }
  let second = await start()
  // As long as it runs it is no result.
  while (second.error !== undefined) second = await start()
  expect((await ask(client, 'guest-exec-status', { pid })).error?.desc).toBe(
    'PID ld does not exist',
  )
  expect(scratch.read('ran')).toBe('\n')
})

test('max-request-bytes bounds one request, and the next is served', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'max-request-bytes=5000')
  using client = await agent.connect()
  const open = (length: number) =>
    ask(client, 'guest-file-open', { path: `/${'x'.repeat(length)}` })
  expect((await open(4800)).error?.desc).toEndWith('File name too long')
  expect((await open(5000)).error?.desc).toBe('JSON token size limit exceeded')
  expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
})

test(
  'a program that floods its output costs memory up to the limit, and a part of a processor',
  async () => {
    using agent = await serving()
    using client = await agent.connect()
    const flood = await ask(client, 'guest-exec', {
      path: '/bin/sh',
      arg: ['-c', 'exec cat /dev/zero'],
      'capture-output': true,
    })
    const { pid } = flood.return as { pid: number }
    await until('more than is kept has come', () => cpuSeconds(agent.pid) > 0.2)
    await Bun.sleep(500)
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(0.5)
    expect(Number.parseInt(statusLine(agent.pid, 'VmRSS') ?? '', 10)).toBeLessThan(150 * 1024)
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    process.kill(pid, 'SIGKILL')
    let status: { exited: boolean; 'out-data'?: string; 'out-truncated'?: boolean }
    do status = (await ask(client, 'guest-exec-status', { pid })).return as typeof status
    while (!status.exited)
    expect(status['out-truncated']).toBe(true)
    expect(Buffer.from(status['out-data'] ?? '', 'base64')).toHaveLength(16 * 1024 * 1024)
  },
  SLOW_MS,
)

test('files that guest-file-open makes have 0644, whatever the umask', async () => {
  using agent = await serving({}, ['/bin/sh', '-c', 'umask 077; exec "$@"', 'sh'])
  using client = await agent.connect()
  const path = `${agent.directory}/made`
  await ask(client, 'guest-file-open', { path, mode: 'w' })
  expect(permissions(path)).toBe(0o644)
})

test('file-create-mode=0666 gives them upstream’s permissions', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'file-create-mode=0666')
  using client = await agent.connect()
  await ask(client, 'guest-file-open', { path: scratch.file('made'), mode: 'a+' })
  expect(permissions(scratch.file('made'))).toBe(0o666)
})

test('a file that was there keeps its permissions', async () => {
  using scratch = new Scratch()
  using agent = await configured(scratch, 'file-create-mode=0666')
  using client = await agent.connect()
  writeFileSync(scratch.file('old'), '', { mode: 0o600 })
  await ask(client, 'guest-file-open', { path: scratch.file('old'), mode: 'w' })
  expect(permissions(scratch.file('old'))).toBe(0o600)
})

test.each([
  'max-file-handles=0',
  'max-exec-jobs=many',
  'max-exec-output=-1',
  'max-queued-requests=0',
  'max-queued-bytes=1',
  'max-request-bytes=67108865',
  'max-exec-stream=0',
  'exec-result-age=-1',
  'usage-timeout=0',
  'program-timeout=never',
  'suspend-timeout=0',
  'file-create-mode=999',
])('%s is refused in one line', async (line) => {
  using scratch = new Scratch()
  writeFileSync(scratch.file('conf'), `[general]\n${line}\n`)
  const ended = await run([EXECUTABLE, '-c', scratch.file('conf'), ...scratch.options])
  expect(ended).toMatchObject({ exitCode: 1, stdout: '' })
  expect(ended.stderr.trim().split('\n')).toHaveLength(1)
  expect(ended.stderr).toContain(`“${line.split('=')[0]}”`)
})
