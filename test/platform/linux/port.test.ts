// SPDX-License-Identifier: Apache-2.0
/** A device that says what virtio_console says, beside a session that notes what it is told. */
import { expect, test } from 'bun:test'
import { type Device, type Line, Port } from '../../../platform/linux/port.ts'
import type { Peer, Session } from '../../../src/agent/channel.ts'
import { OsError } from '../../../src/errors.ts'

const EAGAIN = -11
const EIO = -5
const ENODEV = -19

class FakeDevice implements Device {
  readonly isEndAbsence: boolean
  /** What read and write say when there is nothing to read, or no room. */
  idle = EAGAIN
  input: Buffer[] = []
  output = ''
  room = Number.POSITIVE_INFINITY
  opened = 0
  closed = 0
  /** Whether it can be opened. */
  isThere = true
  waits: number[] = []
  /** How often it was read. */
  reads = 0
  changed: (isHungUp: boolean) => boolean = () => false
  #appear: () => void = () => {}

  constructor(isEndAbsence = true) {
    this.isEndAbsence = isEndAbsence
  }

  open(changed: (isHungUp: boolean) => boolean): Line {
    if (!this.isThere) throw new OsError('error opening channel', 'ENOENT')
    this.opened++
    this.changed = changed
    return {
      read: (into) => this.#read(into),
      write: (bytes) => this.#write(bytes),
      close: () => void this.closed++,
    }
  }

  appeared(tries: number): Promise<void> {
    this.waits.push(tries)
    return new Promise((resolve) => {
      this.#appear = resolve
    })
  }

  /** Time passes, or something appears. */
  async retry(): Promise<void> {
    this.#appear()
    await Bun.sleep(0)
  }

  sends(text: string): void {
    this.input.push(Buffer.from(text))
    this.changed(false)
  }

  says(code: number): void {
    this.idle = code
    this.changed(true)
  }

  #read(into: Uint8Array): number {
    this.reads++
    const bytes = this.input.shift()
    if (bytes === undefined) return this.idle
    into.set(bytes)
    return bytes.length
  }

  #write(bytes: Uint8Array): number {
    if (this.idle < 0 && this.idle !== EAGAIN) return this.idle
    const count = Math.min(bytes.length, this.room, 32 * 1024)
    if (count === 0) return EAGAIN
    this.room -= count
    this.output += Buffer.from(bytes.subarray(0, count)).toString('latin1')
    return count
  }
}

class Notes implements Session {
  readonly told: string[] = []
  peers: Peer[] = []
  /** Ends each peer as soon as it has gone, as a session at rest does. */
  isAtRest = true
  pauseAfter = ''
  replyTo = ''

  get peer(): Peer {
    return this.peers.at(-1) as Peer
  }

  connected(peer: Peer): void {
    this.told.push('connected')
    this.peers.push(peer)
  }

  received(bytes: Buffer): void {
    const text = bytes.toString('latin1')
    this.told.push(text.length > 20 ? `${text.length} bytes` : text)
    if (text === this.pauseAfter)
      this.peer.pause()
      // The session may free what it got.
    ;(bytes.buffer as ArrayBuffer).transfer(0)
  }

  writable(): void {
    this.told.push('writable')
  }

  inputEnded(): void {
    this.told.push('ended')
  }

  disconnected(): void {
    this.told.push('disconnected')
    if (this.isAtRest) this.peer.end()
  }
}

function serving(isEndAbsence = true, idle = EAGAIN) {
  const device = new FakeDevice(isEndAbsence)
  device.idle = idle
  const session = new Notes()
  new Port(session, device)
  return { device, session, told: session.told }
}

test('what lies there when the device is opened is read', () => {
  const device = new FakeDevice()
  device.input.push(Buffer.from('early'))
  const session = new Notes()
  new Port(session, device)
  expect(session.told).toEqual(['connected', 'early'])
})

test('no host at the start is nothing to tell', () => {
  const { device, told } = serving(true, 0)
  device.changed(true)
  device.idle = EAGAIN
  device.sends('ping')
  expect(told).toEqual(['connected', 'ping'])
})

test('a device without a host is asked once, and again when it tells of a change', async () => {
  const { device, told } = serving(true, 0)
  const { reads } = device
  await Bun.sleep(600)
  expect(device.reads).toBe(reads)
  device.idle = EAGAIN
  device.sends('ping')
  expect(told).toEqual(['connected', 'ping'])
})

test('pages are gathered, and each gathering has memory of its own', () => {
  const { device, told } = serving()
  for (let i = 0; i < 40; i++) device.input.push(Buffer.alloc(4096, 'x'))
  device.changed(false)
  expect(told).toEqual(['connected', '65536 bytes', '65536 bytes', '32768 bytes'])
})

test('the host goes and comes: the next peer is another one', () => {
  const { device, told } = serving()
  device.sends('half a requ')
  device.says(0)
  device.idle = EAGAIN
  device.sends('ping')
  expect(told).toEqual(['connected', 'half a requ', 'disconnected', 'connected', 'ping'])
  expect(device.opened).toBe(1)
})

test('what the host sent before it went is read first', () => {
  const { device, told } = serving()
  device.input.push(Buffer.from('last words'))
  device.says(0)
  expect(told.slice(0, 2)).toEqual(['connected', 'last words'])
  device.changed(true)
  expect(told.slice(2)).toEqual(['disconnected', 'connected'])
})

test('a peer that comes while the last one’s request runs has to wait', () => {
  const { device, session, told } = serving()
  session.isAtRest = false
  device.sends('long')
  device.says(0)
  expect(session.peer.write(Buffer.from('reply'))).toBe(-1)
  device.idle = EAGAIN
  device.sends('next')
  expect(told).toEqual(['connected', 'long', 'disconnected'])
  session.peer.end()
  expect(told.slice(3)).toEqual(['connected', 'next'])
  expect(device.output).toBe('')
})

test('a paused session is not read to, and still hears that the host has gone', () => {
  const { device, session, told } = serving()
  session.pauseAfter = 'one'
  device.sends('one')
  device.sends('two')
  expect(told).toEqual(['connected', 'one'])
  session.peer.resume()
  expect(told).toEqual(['connected', 'one', 'two'])
  session.peer.pause()
  device.says(0)
  expect(told.slice(3)).toEqual(['disconnected', 'connected'])
})

test('what the device does not take is asked for when it has room again', () => {
  const { device, session, told } = serving()
  device.room = 5
  expect(session.peer.write(Buffer.from('12345678'))).toBe(5)
  expect(session.peer.write(Buffer.from('678'))).toBe(0)
  device.room = 100
  device.changed(false)
  expect(told).toEqual(['connected', 'writable'])
  expect(session.peer.write(Buffer.from('678'))).toBe(3)
  device.changed(false)
  expect(told).toEqual(['connected', 'writable'])
  expect(device.output).toBe('12345678')
})

test('a large reply lets others have their turn', async () => {
  const { session, told } = serving()
  const bytes = Buffer.alloc(1024 * 1024)
  const taken = session.peer.write(bytes)
  expect(taken).toBeGreaterThan(0)
  expect(taken).toBeLessThan(bytes.length)
  expect(told).toEqual(['connected'])
  await Bun.sleep(1)
  expect(told).toEqual(['connected', 'writable'])
})

test('a device that is unplugged is closed, and opened when it is back', async () => {
  const { device, told } = serving()
  device.isThere = false
  device.says(ENODEV)
  expect(told).toEqual(['connected', 'disconnected'])
  expect([device.opened, device.closed]).toEqual([1, 1])
  await device.retry()
  device.isThere = true
  device.idle = EAGAIN
  device.input.push(Buffer.from('ping'))
  await device.retry()
  expect(device.waits).toEqual([0, 1])
  expect(told.slice(2)).toEqual(['connected', 'ping'])
})

test('a write that fails for good ends the peer even if nothing else tells of it', async () => {
  const { device, session, told } = serving()
  device.idle = EIO
  expect(session.peer.write(Buffer.from('reply'))).toBe(-1)
  await Bun.sleep(0)
  expect(told).toEqual(['connected', 'disconnected'])
  expect(device.closed).toBe(1)
})

test('the end of a serial line is the end of the device', () => {
  const { device, told } = serving(false)
  device.says(0)
  expect(told).toEqual(['connected', 'disconnected'])
  expect(device.closed).toBe(1)
})
