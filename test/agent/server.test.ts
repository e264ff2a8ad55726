// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from 'bun:test'
import type { Peer } from '../../src/agent/channel.ts'
import type { Server } from '../../src/agent/server.ts'
import { agentUnderTest, serverFor } from './agent-under-test.ts'

/** A peer that takes as many bytes as it has room for; -1 is that of one that is deaf. */
class FakePeer implements Peer {
  received = ''
  room = Number.POSITIVE_INFINITY
  isPaused = false
  hasEnded = false

  write(bytes: Uint8Array): number {
    if (this.room < 0) return -1
    const taken = Math.min(bytes.length, this.room)
    this.room -= taken
    this.received += Buffer.from(bytes.subarray(0, taken)).toString('latin1')
    return taken
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  end(): void {
    this.hasEnded = true
  }
}

const PING = '{"execute":"guest-ping"}'
const PONG = '{"return": {}}\n'

let release: (value: unknown) => void
let peer: FakePeer
let agent: ReturnType<typeof agentUnderTest>
let server: Server

beforeEach(() => {
  agent = agentUnderTest({
    'guest-sync': ({ id }) => id,
    'guest-get-time': () =>
      new Promise((resolve) => {
        release = resolve
      }),
    'guest-file-read': () => ({
      count: 3,
      'buf-b64': new Uint8Array(1_000_000).fill(65),
      eof: true,
    }),
  })
  server = serverFor(agent)
  peer = new FakePeer()
  server.connected(peer)
})

function send(text: string): void {
  server.received(Buffer.from(text, 'latin1'))
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

function sync(id: number): string {
  return `{"execute":"guest-sync","arguments":{"id":${id}}}`
}

const SLOW = '{"execute":"guest-get-time"}'

describe('Server', () => {
  test('answers all requests of a chunk in one go and in order', () => {
    send(sync(1) + sync(2) + sync(3))
    expect(peer.received).toBe('{"return": 1}\n{"return": 2}\n{"return": 3}\n')
  })

  test('sends what is answered before a slow request starts, and the rest in order behind it', async () => {
    send(sync(1) + SLOW + sync(2))
    await settle()
    expect(peer.received).toBe('{"return": 1}\n')
    send(sync(3))
    release(7)
    await settle()
    expect(peer.received).toBe('{"return": 1}\n{"return": 7}\n{"return": 2}\n{"return": 3}\n')
  })

  test('keeps a null among requests that wait', async () => {
    send(`${SLOW}null ${sync(1)}`)
    await settle()
    release(0)
    await settle()
    expect(peer.received).toContain('QMP input must be a JSON object')
    expect(peer.received).toEndWith('{"return": 1}\n')
  })

  test('stops reading at the limits that it is given', async () => {
    server = serverFor(agent, { queuedRequests: 3 })
    server.connected(peer)
    send(SLOW + PING + PING)
    expect(peer.isPaused).toBe(false)
    send(PING)
    expect(peer.isPaused).toBe(true)
  })

  test('stops reading when too many requests wait, and goes on when they are done', async () => {
    send(SLOW)
    send(PING.repeat(100))
    expect(peer.isPaused).toBe(true)
    release(0)
    await settle()
    expect(peer.isPaused).toBe(false)
    expect(peer.received).toBe(`{"return": 0}\n${PONG.repeat(100)}`)
  })

  test('stops reading when one long request arrives behind a slow one', async () => {
    send(SLOW)
    send(`"${'a'.repeat(2_000_000)}`)
    expect(peer.isPaused).toBe(true)
    release(0)
    await settle()
    expect(peer.isPaused).toBe(false)
  })

  test('waits for a peer that takes little at a time, and sends every byte once', async () => {
    peer.room = 10
    send('{"execute":"guest-file-read","arguments":{"handle":1}}')
    send(PING)
    for (let i = 0; i < 2000 && !peer.received.endsWith(PONG); i++) {
      await settle()
      peer.room = 1000
      server.writable()
    }
    const [reply, pong] = peer.received.split('\n') as [string, string]
    expect(JSON.parse(reply)).toEqual({
      return: { count: 3, 'buf-b64': Buffer.alloc(1_000_000, 'A').toString('base64'), eof: true },
    })
    expect(`${pong}\n`).toBe(PONG)
  })

  test('drops the rest of a reply when the peer goes, and serves the next one from the start', async () => {
    peer.room = 10
    send('{"execute":"guest-file-read","arguments":{"handle":1}}')
    await settle()
    server.disconnected()
    await settle()
    expect(peer.hasEnded).toBe(true)
    const next = new FakePeer()
    server.connected(next)
    send(PING)
    await settle()
    expect(next.received).toBe(PONG)
  })

  test('does what a peer asked for although it is gone, and tells nobody', async () => {
    send(`${SLOW}${sync(1)}${PING}`)
    server.disconnected()
    await settle()
    expect(peer.hasEnded).toBe(true)
    const next = new FakePeer()
    server.connected(next)
    send(PING)
    await settle()
    expect(next.received).toBe('')
    release(0)
    await settle()
    expect(agent.calls.map(({ name }) => name)).toEqual([
      'guest-get-time',
      'guest-sync',
      'guest-ping',
      'guest-ping',
    ])
    expect(peer.received).toBe('')
    expect(next.received).toBe(PONG)
  })

  test('does all that a peer asked for that will never read again', async () => {
    peer.room = -1
    send(SLOW)
    send(PING.repeat(100))
    expect(peer.isPaused).toBe(true)
    release(0)
    await settle()
    expect(peer.isPaused).toBe(false)
    server.inputEnded()
    expect(agent.calls).toHaveLength(101)
    expect(peer.hasEnded).toBe(true)
  })

  test('answers a half-closed peer before letting it go', async () => {
    send(SLOW)
    server.inputEnded()
    expect(peer.hasEnded).toBe(false)
    release(5)
    await settle()
    expect(peer.received).toBe('{"return": 5}\n')
    expect(peer.hasEnded).toBe(true)
  })

  test("does not take the half request of a peer that left for the beginning of the next one's", () => {
    send('{"execute":"guest-pi')
    server.inputEnded()
    const next = new FakePeer()
    server.connected(next)
    send(PING)
    expect(next.received).toBe(PONG)
  })
})
