// SPDX-License-Identifier: Apache-2.0
/** What the agent did, as the system's log has it. */
import { expect, test } from 'bun:test'
import { basename } from 'node:path'
import { EXECUTABLE } from '../harness/executable.ts'
import { ask, finished, Scratch, serving, until } from '../harness/program.ts'
import { hasSyslog, Syslog } from '../harness/syslog.ts'

test.if(hasSyslog)(
  'lines have facility, severity, time and program as syslog(3) does',
  async () => {
    using scratch = new Scratch()
    using syslog = await Syslog.start(scratch)
    using agent = await serving({ directory: scratch.path }, syslog.wrapper)
    using client = await agent.connect()
    await ask(client, 'guest-file-close', { handle: 5 })
    await until('it is accounted', () => syslog.text.endsWith('\n'))
    const [, name] =
      /^<14>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d (.+): info: .+$/m.exec(syslog.text) ?? []
    expect(name).toBe(basename(EXECUTABLE))
  },
)

test.if(hasSyslog)('files and programs are accounted; looking and asking are not', async () => {
  using scratch = new Scratch()
  using syslog = await Syslog.start(scratch)
  using agent = await serving({ directory: scratch.path }, syslog.wrapper)
  using client = await agent.connect()
  const path = scratch.file('file')
  await ask(client, 'guest-ping')
  await ask(client, 'guest-sync', { id: 1 })
  await ask(client, 'guest-info')
  const { return: handle } = await ask(client, 'guest-file-open', { path, mode: 'w+' })
  await ask(client, 'guest-file-write', { handle, 'buf-b64': 'eA==' })
  await ask(client, 'guest-file-flush', { handle })
  await ask(client, 'guest-file-seek', { handle, offset: 0, whence: 'set' })
  await ask(client, 'guest-file-read', { handle })
  await ask(client, 'guest-file-close', { handle })
  await finished(client, { path: '/bin/echo', arg: ['a b', 'c'] })
  await ask(client, 'guest-file-open', { path: '/nonexistent' })
  const last = 'info: guest-file-open called, filepath: /nonexistent, mode: r'
  await until('the last is accounted', () => syslog.messages.includes(last))
  expect(syslog.upstreams).toEqual([
    `info: guest-file-open called, filepath: ${path}, mode: w+`,
    'info: guest-file-open, handle: 1000',
    'info: guest-file-close called, handle: 1000',
    'info: guest-exec called: "/bin/echo a b c"',
    last,
  ])
})

test.if(hasSyslog)('a write that fails is accounted', async () => {
  using scratch = new Scratch()
  using syslog = await Syslog.start(scratch)
  using agent = await serving({ directory: scratch.path }, syslog.wrapper)
  using client = await agent.connect()
  const { return: handle } = await ask(client, 'guest-file-open', { path: '/dev/full', mode: 'w' })
  const reply = await ask(client, 'guest-file-write', { handle, 'buf-b64': 'eA==' })
  expect(reply.error?.desc).toBe('failed to write to file: No space left on device')
  const account = 'info: guest-file-write failed, handle: 1000'
  await until('it is accounted', () => syslog.messages.includes(account))
})

test.if(hasSyslog)('accounts do not depend on -v, nor appear in the log file', async () => {
  using scratch = new Scratch()
  using syslog = await Syslog.start(scratch)
  const options = ['-v', '-l', scratch.file('log')]
  using agent = await serving({ directory: scratch.path, options }, syslog.wrapper)
  using client = await agent.connect()
  await ask(client, 'guest-file-close', { handle: 5 })
  await until('it is accounted', () => syslog.text.endsWith('\n'))
  await agent.stop()
  expect(syslog.messages).toEqual(['info: guest-file-close called, handle: 5'])
  expect(scratch.read('log')).not.toContain('guest-file-close called')
})

test.if(hasSyslog)('a request cannot forge an account, nor break one in two', async () => {
  using scratch = new Scratch()
  using syslog = await Syslog.start(scratch)
  using agent = await serving({ directory: scratch.path }, syslog.wrapper)
  using client = await agent.connect()
  await ask(client, 'guest-file-open', { path: '/nonexistent\n<14>Nov 21 00:00:00 su: forged' })
  await ask(client, 'guest-file-close', { handle: 5 })
  await until('all is accounted', () => syslog.text.includes('handle: 5\n'))
  expect(syslog.upstreams).toEqual([
    'info: guest-file-open called, filepath: /nonexistent#012<14>Nov 21 00:00:00 su: forged, mode: r',
    'info: guest-file-close called, handle: 5',
  ])
})

test.if(hasSyslog)('a system log that does not keep up holds up nothing', async () => {
  using scratch = new Scratch()
  using syslog = await Syslog.start(scratch, { isDeaf: true })
  using agent = await serving({ directory: scratch.path }, syslog.wrapper)
  using client = await agent.connect()
  const requests = 3000
  const request = { execute: 'guest-file-close', arguments: { handle: 5 } }
  client.send(`${JSON.stringify(request)}\n`.repeat(requests))
  for (let i = 0; i < requests; i++) expect(await client.line()).toContain('has not been found')
  expect(await agent.stop()).toBe(0)
})

test.if(hasSyslog)('a system log that dies and comes back is found again', async () => {
  using scratch = new Scratch()
  using first = await Syslog.start(scratch)
  using agent = await serving({ directory: scratch.path }, first.wrapper)
  using client = await agent.connect()
  await ask(client, 'guest-file-close', { handle: 1 })
  await until('it is accounted', () => first.text.includes('handle: 1\n'))
  await first.die()
  const lost = await ask(client, 'guest-file-close', { handle: 2 })
  expect(lost.error?.desc).toBe("handle '2' has not been found")
  await Bun.file(scratch.file('syslog')).unlink()
  using second = await Syslog.start(scratch)
  await ask(client, 'guest-file-close', { handle: 3 })
  await until('it is accounted', () => second.text.includes('handle: 3\n'))
  expect(second.messages).toContain('info: 1 messages lost')
})
