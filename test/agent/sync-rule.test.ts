// SPDX-License-Identifier: Apache-2.0
/** A sync behind a command that takes too long, and what becomes of the requests around it. */
import { beforeEach, describe, expect, test } from 'bun:test'
import type { Peer } from '../../src/agent/channel.ts'
import type { Server } from '../../src/agent/server.ts'
import { agentUnderTest, serverFor } from './agent-under-test.ts'

class Listener implements Peer {
  received = ''
  hasEnded = false

  write(bytes: Uint8Array): number {
    this.received += Buffer.from(bytes).toString('latin1')
    return bytes.length
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.hasEnded = true
  }

  /** Waits for bytes to come, however slow the machine is. */
  async until(end: string): Promise<void> {
    while (!this.received.endsWith(end)) await Bun.sleep(5)
  }
}

/** The commands under way, by name: each is ended by its function. */
let under: Map<string, (value: unknown) => void>
let agent: ReturnType<typeof agentUnderTest>
let server: Server
let peer: Listener

const slow = (name: string) => () =>
  new Promise((resolve) => {
    under.set(name, resolve)
  })

beforeEach(() => {
  under = new Map()
  agent = agentUnderTest({
    'guest-sync': ({ id }) => id,
    'guest-sync-delimited': ({ id }) => id,
    'guest-get-osinfo': slow('guest-get-osinfo'),
    'guest-fstrim': slow('guest-fstrim'),
    'guest-fsfreeze-freeze': slow('guest-fsfreeze-freeze'),
    'guest-fsfreeze-status': () => 'frozen',
    'guest-fsfreeze-thaw': () => 1,
    'guest-file-open': slow('guest-file-open'),
    'guest-file-read': slow('guest-file-read'),
    'guest-file-seek': () => ({ position: 0, eof: false }),
  })
  server = serverFor(agent)
  peer = new Listener()
  server.connected(peer)
})

const send = (text: string) => server.received(Buffer.from(text, 'latin1'))
const request = (execute: string, args: object = {}) => JSON.stringify({ execute, arguments: args })
const sync = (id: number) => request('guest-sync', { id })
const end = (name: string, value: unknown = {}) => under.get(name)?.(value)
const names = () => agent.calls.map(({ name }) => name)
const settle = () => Bun.sleep(1)

function next(): Listener {
  server.disconnected()
  expect(peer.hasEnded).toBe(true)
  const listener = new Listener()
  server.connected(listener)
  return listener
}

describe('A sync behind a command that hangs', () => {
  test('is answered, and the late reply is nobody’s', async () => {
    send(request('guest-get-osinfo') + sync(1))
    await settle()
    expect(peer.received).toBe('')
    await peer.until('{"return": 1}\n')
    send(request('guest-ping'))
    expect(peer.received).toBe('{"return": 1}\n{"return": {}}\n')
    end('guest-get-osinfo', { late: true })
    await settle()
    send(sync(2))
    expect(peer.received).toBe('{"return": 1}\n{"return": {}}\n{"return": 2}\n')
  })

  test('is answered in its turn when the command ends in time', async () => {
    send(request('guest-get-osinfo') + sync(1))
    await settle()
    end('guest-get-osinfo', { in: 'time' })
    await settle()
    expect(peer.received).toBe('{"return": {"in": "time"}}\n{"return": 1}\n')
  })

  test('has 0xFF before its reply when it is delimited', async () => {
    send(request('guest-get-osinfo') + request('guest-sync-delimited', { id: 7 }))
    await peer.until('\xff{"return": 7}\n')
    expect(peer.received).toBe('\xff{"return": 7}\n')
  })

  test('that is not there changes nothing: a request waits as long as it takes', async () => {
    send(request('guest-get-osinfo') + request('guest-ping'))
    await Bun.sleep(1200)
    expect(peer.received).toBe('')
    end('guest-get-osinfo', 3)
    await settle()
    expect(peer.received).toBe('{"return": 3}\n{"return": {}}\n')
  })

  test('lets what was asked before it be done in order, for nobody', async () => {
    send(request('guest-get-osinfo'))
    send(request('guest-get-host-name') + request('guest-ping') + sync(1) + request('guest-info'))
    await peer.until('{"return": 1}\n{"return": {}}\n')
    expect(peer.received).toBe('{"return": 1}\n{"return": {}}\n')
    expect(names()).toEqual([
      'guest-get-osinfo',
      'guest-get-host-name',
      'guest-ping',
      'guest-sync',
      'guest-info',
    ])
  })

  test('is answered again and again while more commands hang', async () => {
    send(request('guest-get-osinfo') + sync(1) + request('guest-fstrim') + sync(2))
    await peer.until('{"return": 2}\n')
    expect(peer.received).toBe('{"return": 1}\n{"return": 2}\n')
    end('guest-fstrim')
    end('guest-get-osinfo')
    await settle()
    expect(peer.received).toBe('{"return": 1}\n{"return": 2}\n')
  })

  test('of a new client is answered, and nothing of the old one’s reaches it', async () => {
    send(request('guest-get-osinfo') + request('guest-get-host-name') + sync(1))
    const other = next()
    send(sync(2) + request('guest-ping'))
    await other.until('{"return": {}}\n')
    end('guest-get-osinfo', { late: true })
    await settle()
    expect(other.received).toBe('{"return": 2}\n{"return": {}}\n')
    expect(names()).toContain('guest-get-host-name')
  })

  test('waits no longer for several clients that have gone', async () => {
    send(request('guest-get-osinfo'))
    for (let i = 0; i < 100; i++) {
      send(request('guest-ping'))
      server.disconnected()
      server.connected(new Listener())
    }
    const last = new Listener()
    server.disconnected()
    server.connected(last)
    send(sync(1))
    await last.until('{"return": 1}\n')
    // What may wait is bounded, and that some of it was dropped is told.
    expect(names().filter((name) => name === 'guest-ping').length).toBeLessThan(100)
    expect(agent.lines.join('\n')).toContain('dropped')
  })
})

describe('What a command that hangs holds', () => {
  const frozen = request('guest-fsfreeze-freeze') + sync(1)

  test('keeps the outcome of a freeze from those who ask for it', async () => {
    send(frozen)
    await peer.until('{"return": 1}\n')
    send(request('guest-fsfreeze-status') + request('guest-fsfreeze-thaw'))
    await settle()
    expect(names()).not.toContain('guest-fsfreeze-status')
    end('guest-fsfreeze-freeze', 2)
    await peer.until('"frozen"}\n{"return": 1}\n')
    expect(peer.received).toBe('{"return": 1}\n{"return": "frozen"}\n{"return": 1}\n')
  })

  test('is not waited for by what does not need it', async () => {
    send(frozen + request('guest-get-host-name'))
    await peer.until('{"return": {}}\n')
  })

  test('is waited for in the order in which it was asked for', async () => {
    send(request('guest-fstrim') + sync(1))
    await peer.until('{"return": 1}\n')
    send(request('guest-fsfreeze-freeze') + sync(2))
    await peer.until('{"return": 2}\n')
    send(request('guest-fsfreeze-status') + sync(3))
    await peer.until('{"return": 3}\n')
    end('guest-fstrim')
    await settle()
    expect(names()).toEqual([
      'guest-fstrim',
      'guest-sync',
      'guest-sync',
      'guest-sync',
      'guest-fsfreeze-freeze',
    ])
    end('guest-fsfreeze-freeze', 1)
    await settle()
    expect(names().at(-1)).toBe('guest-fsfreeze-status')
    expect(peer.received).toBe('{"return": 1}\n{"return": 2}\n{"return": 3}\n')
  })

  test('is an error at last, which says what holds it', async () => {
    server = serverFor(agent, { waitMs: () => 20 })
    server.connected(peer)
    send(frozen)
    await peer.until('{"return": 1}\n')
    send(request('guest-fstrim'))
    await peer.until('"}}\n')
    expect(peer.received).toMatch(
      /"class": "GenericError", "desc": "Cannot run guest-fstrim: guest-fsfreeze-freeze has been running for \d+ s"/,
    )
    send(request('guest-ping'))
    await peer.until('{"return": {}}\n')
  })

  test('is one file and not the others', async () => {
    send(request('guest-file-read', { handle: 1 }) + sync(1))
    await peer.until('{"return": 1}\n')
    send(request('guest-file-seek', { handle: 2, offset: 0, whence: 0 }))
    await peer.until('{"return": {"position": 0, "eof": false}}\n')
    peer.received = ''
    send(request('guest-file-seek', { handle: 1, offset: 0, whence: 0 }))
    await settle()
    expect(peer.received).toBe('')
    end('guest-file-read', { count: 0, 'buf-b64': new Uint8Array(), eof: true })
    await peer.until('{"return": {"position": 0, "eof": false}}\n')
  })

  test('is refused while everything is frozen, without a wait', async () => {
    send(frozen)
    await peer.until('{"return": 1}\n')
    agent.policy.isFrozen = true
    send(request('guest-fstrim'))
    await settle()
    expect(peer.received).toContain('Command guest-fstrim has been disabled')
  })
})

describe('Limits', () => {
  test('a file that is opened for nobody is closed', async () => {
    send(request('guest-file-open', { path: 'x' }) + sync(1))
    await peer.until('{"return": 1}\n')
    end('guest-file-open', 1000)
    await settle()
    expect(agent.calls.at(-1)).toEqual({ name: 'guest-file-close', args: { handle: 1000 } })
  })

  test('a command that takes too long is answered with an error, and the next is served', async () => {
    server = serverFor(agent, { limitMs: () => 30 })
    server.connected(peer)
    send(request('guest-get-osinfo') + request('guest-ping'))
    await peer.until('{"return": {}}\n')
    expect(peer.received).toContain('Cannot wait for guest-get-osinfo: it has not ended after 0 s')
    end('guest-get-osinfo')
    await settle()
    expect(peer.received.split('\n')).toHaveLength(3)
  })

  test('so many commands may hang, and what shows and ends it still works', async () => {
    server = serverFor(agent, { max: 1 })
    server.connected(peer)
    send(request('guest-get-osinfo') + sync(1))
    await peer.until('{"return": 1}\n')
    send(request('guest-get-host-name'))
    await peer.until('"}}\n')
    expect(peer.received).toContain(
      'Cannot run guest-get-host-name: 1 commands have not ended, the limit is max-unfinished-commands=1',
    )
    send(request('guest-fsfreeze-thaw'))
    await peer.until('{"return": 1}\n')
    end('guest-get-osinfo')
    await settle()
    send(request('guest-get-host-name'))
    await peer.until('{"return": {}}\n')
  })
})
