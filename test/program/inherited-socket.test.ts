// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import { ask, call, outputOf, run, Scratch, SLOW_MS, untilServed } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'

function activated(what: string, fds = '1'): readonly string[] {
  return ['python3', join(import.meta.dir, '../harness/activate.py'), what, fds, EXECUTABLE]
}

test.if(needs('python3'))(
  'an inherited socket is served, one client at a time, whatever the options say',
  async () => {
    using scratch = new Scratch()
    const socket = scratch.file('inherited')
    const agent = Bun.spawn([...activated(`unix:${socket}`), ...scratch.options], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    await untilServed(socket)
    using first = await RawClient.connect(socket)
    expect(await ask(first, 'guest-ping')).toEqual({ return: {} })
    using second = await RawClient.connect(socket)
    second.send('{"execute":"guest-ping"}\n')
    // Neither the variables nor the descriptor are for others.
    expect(await outputOf(first, '/bin/sh', '-c', 'env | grep LISTEN; ls /proc/self/fd')).toBe(
      '0\n1\n2\n3\n',
    )
    await first.close()
    expect(await second.line()).toBe('{"return": {}}')
    expect(await Bun.file(scratch.file('s')).exists()).toBe(false)
    agent.kill('SIGTERM')
    expect(await agent.exited).toBe(0)
  },
  SLOW_MS,
)

test.if(needs('python3'))(
  'a daemon keeps the socket that it was started with',
  async () => {
    using scratch = new Scratch()
    const socket = scratch.file('inherited')
    const started = await run([...activated(`unix:${socket}`), '-d', ...scratch.options])
    expect(started).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await call<object>(socket, 'guest-ping')).toEqual({})
  },
  SLOW_MS,
)

test.if(needs('python3')).each([
  ['unix', '0', /^\[general\]\ndaemon=false\nmethod=unix-listen\npath=/],
  ['unix', '1', /^\[general\]\ndaemon=false\nmethod=unix-listen\npidfile=/],
  ['unix', 'x', /^\[general\]\ndaemon=false\nmethod=unix-listen\npath=/],
])('of %s with LISTEN_FDS=%s the configuration tells', async (_, fds, expected) => {
  using scratch = new Scratch()
  const started = await run([
    ...activated(`unix:${scratch.file('i')}`, fds),
    '-D',
    ...scratch.options,
  ])
  expect(started.stdout).toMatch(expected)
})

test.if(needs('python3')).each([
  ['inet', '1', 'unsupported listen fd type'],
  ['inet', '2', 'qemu-ga only supports listening on one socket'],
  ['none', '1', 'unsupported listen fd type'],
])('%s with LISTEN_FDS=%s ends the start', async (what, fds, message) => {
  using scratch = new Scratch()
  const started = await run([...activated(what, fds), ...scratch.options])
  expect(started).toMatchObject({ exitCode: 1, stdout: '' })
  expect(started.stderr).toEndWith(`: ${message}\n`)
})
