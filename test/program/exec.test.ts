// SPDX-License-Identifier: Apache-2.0
/** Pipes to programs break, and are closed once: a second close would hit whatever got the number meanwhile. */
import { expect, test } from 'bun:test'
import { copyFileSync, readdirSync } from 'node:fs'
import { hasStrace, traced } from '../harness/koffi.ts'
import { ask, finished, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'

const MEBIBYTE = Buffer.alloc(1024 * 1024, 'x').toString('base64')

/** Programs that take their input, leave it, fail, end late, and are not there. */
const REQUESTS = [
  { path: '/bin/cat', 'input-data': MEBIBYTE, 'capture-output': true },
  { path: '/bin/true', 'input-data': MEBIBYTE, 'capture-output': 'merged' },
  { path: '/bin/sh', arg: ['-c', 'exec <&-; echo out; echo err >&2'], 'input-data': MEBIBYTE },
  { path: '/bin/sh', arg: ['-c', 'head -c 3 >/dev/null; kill -9 $$'], 'input-data': MEBIBYTE },
  { path: '/bin/echo', 'capture-output': 'stdout' },
  { path: '/bin/cat', 'input-data': '' },
  { path: '/nonexistent/program', 'input-data': MEBIBYTE, 'capture-output': true },
]

async function attempted(client: RawClient, request: object): Promise<void> {
  try {
    await finished(client, request)
  } catch {
    // Not there to be started; but the agent has to be.
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  }
}

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

test(
  'programs leave no descriptors behind',
  async () => {
    using agent = await serving()
    using client = await agent.connect()
    await finished(client, { path: '/bin/true', 'input-data': '', 'capture-output': true })
    const before = descriptors(agent.pid)
    for (let i = 0; i < 10; i++) {
      for (const request of REQUESTS) await attempted(client, request)
    }
    await until('all are closed', () => descriptors(agent.pid) <= before)
  },
  SLOW_MS,
)

test('a program that leaves its input unread is like any other', async () => {
  using agent = await serving()
  using client = await agent.connect()
  for (let i = 0; i < 20; i++) {
    const args = { path: '/bin/true', 'input-data': MEBIBYTE }
    expect(await finished(client, args)).toEqual({ exited: true, exitcode: 0 })
  }
  expect(agent.stderr()).toBe('')
})

test('a program that PATH does not have is not taken from the directory of the agent', async () => {
  using agent = await serving()
  using client = await agent.connect()
  copyFileSync('/bin/true', `${agent.directory}/not-in-path`)
  const { error } = await ask(client, 'guest-exec', { path: 'not-in-path' })
  expect(error?.desc).toBe(
    'Failed to execute child process “not-in-path” (No such file or directory)',
  )
})

test.if(hasStrace)(
  'no descriptor is closed twice',
  async () => {
    using scratch = new Scratch()
    using agent = await serving(
      { directory: scratch.path },
      traced(scratch.file('trace'), 'trace=close'),
    )
    using client = await agent.connect()
    for (const request of REQUESTS) await attempted(client, request)
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    await agent.stop()
    const failed = scratch.read('trace').match(/^\d+ +close\(\d.* = -1 E.*$/gm) ?? []
    expect(failed).toEqual([])
  },
  SLOW_MS,
)
