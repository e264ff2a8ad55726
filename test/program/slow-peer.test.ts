// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { createConnection, type Socket } from 'node:net'
import type { Agent } from '../harness/agent.ts'
import { cpuSeconds, cpuSecondsInOneSecond, statusLine } from '../harness/process-stat.ts'
import { ask, call, SLOW_MS, serving, until } from '../harness/program.ts'

const COUNT = 16 * 1024 * 1024
/** Of one second; upstream uses all of it. */
const IDLE_SECONDS = 0.1
/** Generous for a busy machine; what would be wrong takes for ever. */
const AT_ONCE_MS = 5000

/** A peer that asked for 16 MiB and takes none of it. */
async function peerThatDoesNotRead(agent: Agent): Promise<Socket> {
  using client = await agent.connect()
  const opened = await ask(client, 'guest-file-open', { path: '/dev/zero' })
  await client.close()
  const socket = createConnection({ path: agent.socket, allowHalfOpen: true })
  socket.pause()
  const read = { execute: 'guest-file-read', arguments: { handle: opened.return, count: COUNT } }
  socket.write(`${JSON.stringify(read)}\n`)
  await quiet(agent)
  return socket
}

/** Until the agent has done what it can. */
async function quiet(agent: Agent): Promise<void> {
  let before = -1
  await until('the agent rests', async () => {
    const last = before
    before = cpuSeconds(agent.pid)
    await Bun.sleep(50)
    return before === last
  })
}

test(
  'a peer that does not read costs no processor time',
  async () => {
    using agent = await serving()
    const peer = await peerThatDoesNotRead(agent)
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(IDLE_SECONDS)
    peer.end()
    await quiet(agent)
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(IDLE_SECONDS)
    peer.destroy()
  },
  SLOW_MS,
)

test(
  'clients that wait, and one that gave up waiting, cost no processor time',
  async () => {
    using agent = await serving()
    using served = await agent.connect()
    await ask(served, 'guest-ping')
    using waiting = await agent.connect()
    waiting.send('{"execute":"guest-ping"}\n')
    const gone = await agent.connect()
    gone.send('{"execute":"guest-ping"}\n')
    await gone.close()
    await quiet(agent)
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(IDLE_SECONDS)
  },
  SLOW_MS,
)

test('SIGTERM ends an agent at once whose peer does not read', async () => {
  using agent = await serving()
  const peer = await peerThatDoesNotRead(agent)
  const start = performance.now()
  expect(await agent.stop()).toBe(0)
  expect(performance.now() - start).toBeLessThan(AT_ONCE_MS)
  peer.destroy()
})

test('a peer that does not read and goes makes room for the next', async () => {
  using agent = await serving()
  const peer = await peerThatDoesNotRead(agent)
  peer.destroy()
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

test('a peer that reads at last gets all of it', async () => {
  using agent = await serving()
  const peer = await peerThatDoesNotRead(agent)
  let text = ''
  peer.on('data', (bytes) => {
    text += bytes
  })
  peer.resume()
  await until('the reply is whole', () => text.endsWith('\n'))
  const { return: reply } = JSON.parse(text) as { return: { count: number; 'buf-b64': string } }
  expect(reply.count).toBe(COUNT)
  expect(Buffer.from(reply['buf-b64'], 'base64').equals(Buffer.alloc(COUNT))).toBe(true)
  peer.destroy()
})

test('a peer that floods the agent without reading is not read without end', async () => {
  using agent = await serving()
  const peer = await peerThatDoesNotRead(agent)
  const requests = Buffer.from('{"execute":"guest-ping"}\n'.repeat(10_000))
  let taken = 0
  for (let i = 0; i < 100; i++) peer.write(requests, () => taken++)
  await quiet(agent)
  expect(taken).toBeLessThan(50)
  peer.destroy()
  expect(await call<object>(agent.socket, 'guest-ping')).toEqual({})
})

/** A peer that takes a byte now and then. */
async function byteByByte(socket: Socket, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    socket.read(1)
    await Bun.sleep(50)
  }
}

test(
  'a peer that reads a byte at a time costs no processor time and no memory, and SIGTERM ends the agent',
  async () => {
    using agent = await serving()
    const peer = await peerThatDoesNotRead(agent)
    const before = residentKiB(agent)
    const cpuBefore = cpuSeconds(agent.pid)
    await byteByByte(peer, 40)
    expect(cpuSeconds(agent.pid) - cpuBefore).toBeLessThan(2 * IDLE_SECONDS)
    expect(residentKiB(agent)).toBeLessThan(before + 16 * 1024)
    const start = performance.now()
    expect(await agent.stop()).toBe(0)
    expect(performance.now() - start).toBeLessThan(AT_ONCE_MS)
    peer.destroy()
  },
  SLOW_MS,
)

function residentKiB({ pid }: Agent): number {
  return Number.parseInt(statusLine(pid, 'VmRSS') ?? '', 10)
}

test(
  'peers that vanish in the middle of a reply leave nothing behind, and the next one gets its own',
  async () => {
    using agent = await serving()
    for (let i = 0; i < 5; i++) {
      const peer = await peerThatDoesNotRead(agent)
      peer.read(1000 + i)
      peer.destroy()
      using client = await agent.connect()
      client.send('\xff{"execute":"guest-sync-delimited","arguments":{"id":12}}')
      const before = await client.linesBefore((line) => line === '\xff{"return": 12}')
      // About its own 0xFF.
      expect(before).toHaveLength(1)
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
      expect(client.unfinished).toBe('')
      await client.close()
    }
    // The replies would be 100 MiB by now.
    expect(residentKiB(agent)).toBeLessThan(200 * 1024)
  },
  SLOW_MS,
)
