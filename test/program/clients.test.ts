// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import { isRunning } from '../harness/process-stat.ts'
import { ask, call, run, Scratch, serving, until } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'

const MIB = 1024 * 1024
const PING = '{"execute":"guest-ping"}\n'

/** A bare connection, for clients that behave oddly. */
function connection(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path, allowHalfOpen: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** A request that leaves a file behind. */
function touch(path: string): string {
  return `{"execute":"guest-file-open","arguments":{"path":"${path}","mode":"w"}}\n`
}

test('a second instance leaves the socket of the first alone and ends with 1', async () => {
  using scratch = new Scratch()
  using agent = await serving({ directory: scratch.path })
  const second = await run([EXECUTABLE, ...scratch.options])
  expect(second.exitCode).toBe(1)
  expect(second.stderr).toContain(
    `critical: Failed to bind socket to ${agent.socket}: Address already in use\n`,
  )
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test('a second instance leaves the socket of the first alone while that serves a client', async () => {
  using scratch = new Scratch()
  using agent = await serving({ directory: scratch.path })
  using client = await agent.connect()
  await ask(client, 'guest-ping')
  expect((await run([EXECUTABLE, ...scratch.options])).exitCode).toBe(1)
  expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
})

test('the socket of an agent that was killed is replaced', async () => {
  using scratch = new Scratch()
  const killed = await serving({ directory: scratch.path })
  process.kill(killed.pid, 'SIGKILL')
  await until('it has ended', () => !isRunning(killed.pid))
  expect(existsSync(killed.socket)).toBe(true)
  using agent = await serving({ directory: scratch.path })
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test('a client that closes with replies unread does not end the agent', async () => {
  using agent = await serving()
  for (let i = 0; i < 20; i++) {
    const socket = await connection(agent.socket)
    socket.pause()
    socket.write(PING.repeat(100))
    await new Promise((resolve) => socket.once('close', resolve).resetAndDestroy())
  }
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test('a second client waits, and is served when the first has gone', async () => {
  using agent = await serving()
  const first = await agent.connect()
  await ask(first, 'guest-ping')
  using second = await RawClient.connect(agent.socket)
  second.send(PING)
  for (let i = 0; i < 20; i++) await ask(first, 'guest-ping')
  expect(second.unfinished).toBe('')
  await first.close()
  expect(await second.line()).toBe('{"return": {}}')
})

test('clients that wait are served in their order', async () => {
  using agent = await serving()
  const first = await agent.connect()
  await ask(first, 'guest-ping')
  const order: number[] = []
  const clients = [1, 2, 3, 4].map(async (number) => {
    using client = await RawClient.connect(agent.socket)
    await ask(client, 'guest-ping')
    order.push(number)
    await client.close()
  })
  await first.close()
  await Promise.all(clients)
  expect(order).toEqual([1, 2, 3, 4])
})

test('what a waiting client asked for is done even when it has closed meanwhile', async () => {
  using agent = await serving()
  const first = await agent.connect()
  await ask(first, 'guest-ping')
  const left = `${agent.directory}/left-behind`
  const second = await RawClient.connect(agent.socket)
  second.send(touch(left))
  await second.close()
  await ask(first, 'guest-ping')
  expect(existsSync(left)).toBe(false)
  await first.close()
  await until('the request is done', () => existsSync(left))
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test('a crowd of clients that wait is served one by one', async () => {
  using agent = await serving()
  const first = await agent.connect()
  await ask(first, 'guest-ping')
  const crowd = Array.from({ length: 200 }, () => call<object>(agent.socket, 'guest-ping'))
  expect(await ask(first, 'guest-ping')).toEqual({ return: {} })
  await first.close()
  expect(await Promise.all(crowd)).toEqual(crowd.map(() => ({})))
})

test('a flood of clients beyond what can wait does not end the agent', async () => {
  using agent = await serving()
  const first = await agent.connect()
  await ask(first, 'guest-ping')
  const flood = await Promise.all(
    Array.from({ length: 500 }, () => connection(agent.socket).catch(() => undefined)),
  )
  expect(await ask(first, 'guest-ping')).toEqual({ return: {} })
  for (const socket of flood) socket?.destroy()
  await first.close()
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test('a client that has sent all it has still gets its replies', async () => {
  using agent = await serving()
  const socket = await connection(agent.socket)
  const replies = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
    })
    socket.once('end', () => resolve(text))
    socket.once('error', reject)
  })
  socket.end(PING + touch(`${agent.directory}/a`) + PING)
  expect(await replies).toBe('{"return": {}}\n{"return": 1000}\n{"return": {}}\n')
})

test('what a client asked for is done even when it closed at once', async () => {
  using agent = await serving()
  const paths = Array.from({ length: 20 }, (_, i) => `${agent.directory}/${i}`)
  for (const path of paths) {
    const socket = await connection(agent.socket)
    await new Promise<void>((resolve) => socket.write(touch(path), () => resolve()))
    socket.destroy()
  }
  await until('all requests are done', () => paths.every((path) => existsSync(path)))
})

/** Will not read any more, asks for more than the agent reads ahead, and dies with that in flight. */
const DEAF_CLIENT = `
import os, socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.shutdown(socket.SHUT_RD)
client.sendall(sys.stdin.buffer.read())
`

test.if(needs('python3'))(
  'a client that does not read, sends a lot and dies does not hold up the next',
  async () => {
    using agent = await serving()
    using setUp = await agent.connect()
    const path = `${agent.directory}/written`
    const opened = await ask(setUp, 'guest-file-open', { path, mode: 'w' })
    await setUp.close()
    const content = Buffer.alloc(MIB, 'a').toString('base64')
    const write = {
      execute: 'guest-file-write',
      arguments: { handle: opened.return, 'buf-b64': content },
    }
    const client = Bun.spawn(['python3', '-c', DEAF_CLIENT, agent.socket], {
      stdin: Buffer.from(`${JSON.stringify(write)}\n`.repeat(8)),
    })
    expect(await client.exited).toBe(0)
    expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
    expect(statSync(path).size).toBe(8 * MIB)
  },
)

test('half a request of a client that went away does not reach the next', async () => {
  using agent = await serving()
  for (const part of ['{"execute":"guest-', '{"execute', '[[[[', '"', '{"id": 12', '\\', '\xff{']) {
    const client = await agent.connect()
    client.send(part)
    await client.close()
    expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
  }
})

test('a request is not acted on before it is whole', async () => {
  using agent = await serving()
  const path = `${agent.directory}/precious`
  writeFileSync(path, 'all of it')
  const client = await agent.connect()
  client.send(touch(path).trim().slice(0, -1))
  await client.close()
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
  expect(readFileSync(path, 'utf8')).toBe('all of it')
})
