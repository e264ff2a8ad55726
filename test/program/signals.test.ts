// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Agent, PLAIN_ENV } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import { ask, outputOf, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** Ends long before the harness would kill. */
const AT_ONCE_MS = 2000

test.each(SIGNALS)('%s ends an agent that serves a client with 0', async (signal) => {
  using agent = await serving()
  using client = await agent.connect()
  await ask(client, 'guest-ping')
  process.kill(agent.pid, signal)
  expect(await agent.stop()).toBe(0)
})

test.each(SIGNALS)('%s sent ten times over ends the agent with 0', async (signal) => {
  using agent = await serving()
  for (let i = 0; i < 10; i++) process.kill(agent.pid, signal)
  expect(await agent.stop()).toBe(0)
})

test.each(SIGNALS)(
  '%s at any moment of the start ends the agent with 0',
  async (signal) => {
    for (let delayMs = 0; delayMs < 40; delayMs += 2) {
      using scratch = new Scratch()
      const agent = Bun.spawn([EXECUTABLE, ...scratch.options], { env: PLAIN_ENV })
      await Bun.sleep(delayMs + Math.random() * 2)
      // Before its first trace the program is not there yet: the loader and the runtime start.
      const hasBegun = existsSync(scratch.file('qga.state'))
      agent.kill(signal)
      await agent.exited
      if (agent.signalCode === null) expect(agent.exitCode).toBe(0)
      else expect({ hasBegun, died: agent.signalCode }).toEqual({ hasBegun: false, died: signal })
    }
  },
  SLOW_MS,
)

test('SIGTERM ends the agent while requests pour in', async () => {
  for (let i = 0; i < 5; i++) {
    using agent = await serving()
    using client = await agent.connect()
    client.send('{"execute":"guest-info"}\n'.repeat(5000))
    await client.line()
    expect(await agent.stop()).toBe(0)
  }
})

test('SIGHUP leaves an agent without a log alive, however often it comes', async () => {
  using agent = await serving()
  using client = await agent.connect()
  for (let i = 0; i < 100; i++) {
    process.kill(agent.pid, 'SIGHUP')
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  }
  expect(await agent.stop()).toBe(0)
})

test('SIGHUP is survived from the moment that the program begins', async () => {
  for (let i = 0; i < 20; i++) {
    using scratch = new Scratch()
    using agent = new Agent([EXECUTABLE], { directory: scratch.path, options: ['-v'] })
    await until('it has begun', () => existsSync(scratch.file('qga.state')))
    for (let j = 0; j < 10; j++) process.kill(agent.pid, 'SIGHUP')
    using client = await agent.connect()
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  }
})

const ON_TERMINAL = `
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
while not os.path.exists(sys.argv[-1]): time.sleep(0.01)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

test.if(needs('/usr/bin/python3'))('a terminal that closes ends the agent with 0', async () => {
  using scratch = new Scratch()
  const command = [EXECUTABLE, ...scratch.options, '-p', scratch.file('socket')]
  const agent = Bun.spawn(['python3', '-I', '-c', ON_TERMINAL, ...command], { env: PLAIN_ENV })
  expect(await agent.exited).toBe(0)
})

test('programs that guest-exec starts ignore and block no signals', async () => {
  using agent = await serving()
  using client = await agent.connect()
  const status = await outputOf(client, '/bin/cat', '/proc/self/status')
  for (const name of ['SigBlk', 'SigIgn', 'SigCgt']) {
    expect(status).toMatch(new RegExp(`^${name}:\\s+0+$`, 'm'))
  }
})

test('SIGTERM leaves the programs that guest-exec started alone', async () => {
  using agent = await serving()
  using client = await agent.connect()
  const arg = ['-c', 'trap "" HUP; echo $$ > pid; sleep 60']
  const { return: started } = await ask(client, 'guest-exec', { path: '/bin/sh', arg })
  const { pid } = started as { pid: number }
  await until('the program runs', () => existsSync(`${agent.directory}/pid`))
  expect(await agent.stop()).toBe(0)
  expect(process.kill(pid, 0)).toBe(true)
  process.kill(pid, 'SIGKILL')
})

const canHang = needs('root') && needs('unshare') && needs('python3') && needs('/dev/fuse')

test.if(canHang).each(SIGNALS)(
  '%s ends an agent whose command waits for a file system that hangs',
  async (signal) => {
    using scratch = new Scratch()
    mkdirSync(scratch.file('hung'))
    const helper = join(import.meta.dir, '../harness/hung-mount.py')
    using agent = await serving(
      { directory: scratch.path, options: ['-v', '-l', scratch.file('log')] },
      ['unshare', '-m', 'python3', helper, scratch.file('hung')],
    )
    using client = await agent.connect()
    await ask(client, 'guest-ping')
    const path = `${scratch.file('hung')}/file`
    client.send(`{"execute":"guest-file-open","arguments":{"path":"${path}"}}\n`)
    await until('the command runs', () => scratch.read('log').includes('guest-file-open'))
    const start = performance.now()
    process.kill(agent.pid, signal)
    expect(await agent.stop()).toBe(0)
    expect(performance.now() - start).toBeLessThan(AT_ONCE_MS)
  },
  SLOW_MS,
)
