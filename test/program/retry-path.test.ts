// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { existsSync, mkdirSync } from 'node:fs'
import { Agent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { cpuSecondsInOneSecond } from '../harness/process-stat.ts'
import {
  call,
  logLines,
  Scratch,
  SLOW_MS,
  serving,
  until,
  untilServed,
} from '../harness/program.ts'

/** An agent whose socket belongs into a directory that is not there. */
function tooEarly(scratch: Scratch, ...options: string[]): Agent {
  return new Agent([EXECUTABLE], {
    directory: scratch.path,
    options: ['-p', scratch.file('late/s'), '-l', scratch.file('log'), ...options],
  })
}

async function firstFailure(scratch: Scratch): Promise<void> {
  const isLogged = () => existsSync(scratch.file('log')) && scratch.read('log').endsWith('\n')
  await until('it has failed once', isLogged)
}

test.each(['-r', '--retry-path'])(
  '%s serves as soon as it can',
  async (option) => {
    using scratch = new Scratch()
    using agent = tooEarly(scratch, option)
    await firstFailure(scratch)
    mkdirSync(scratch.file('late'))
    await untilServed(scratch.file('late/s'))
    expect(await call<object>(scratch.file('late/s'), 'guest-ping')).toEqual({})
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test('the first failure is one line, and the second is none', async () => {
  using scratch = new Scratch()
  using agent = tooEarly(scratch, '-r')
  await firstFailure(scratch)
  // The second attempt comes after a second.
  await Bun.sleep(1500)
  await agent.stop()
  expect(logLines(scratch.read('log'))).toEqual([
    `critical: Failed to bind socket to ${scratch.file('late/s')}: No such file or directory; will retry`,
  ])
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends the wait at once', async (signal) => {
  using scratch = new Scratch()
  using agent = tooEarly(scratch, '-r')
  await firstFailure(scratch)
  const start = performance.now()
  process.kill(agent.pid, signal)
  expect(await agent.stop()).toBe(0)
  expect(performance.now() - start).toBeLessThan(500)
})

test('an agent that waits for its channel uses no processor time to speak of', async () => {
  using scratch = new Scratch()
  using agent = tooEarly(scratch, '-r')
  await firstFailure(scratch)
  expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(0.1)
})

test('with --retry-path clients come and go, also those that leave their replies unread', async () => {
  using agent = await serving({ options: ['-r'] })
  for (let i = 0; i < 5; i++) {
    const client = await agent.connect()
    client.send('{"execute":"guest-info"}\n'.repeat(100))
    client[Symbol.dispose]()
    expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
  }
  expect(await agent.stop()).toBe(0)
})

test('--retry-path waits until another agent has left the socket', async () => {
  using scratch = new Scratch()
  using first = new Agent([EXECUTABLE], { directory: scratch.path })
  await untilServed(first.socket)
  const options = ['-r', '-l', scratch.file('log')]
  using second = new Agent([EXECUTABLE], { directory: scratch.path, options })
  await firstFailure(scratch)
  expect(await first.stop()).toBe(0)
  await untilServed(second.socket)
})
