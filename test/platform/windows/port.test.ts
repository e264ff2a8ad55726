// SPDX-License-Identifier: Apache-2.0
/** What the port makes of the driver's answers, which no Wine gives: they are told to it as the system would. */
import { expect, test } from 'bun:test'
import type { Device, ReadDone, WriteDone } from '../../../native/overlapped.ts'
import { Port } from '../../../platform/windows/port.ts'
import type { Peer, Session } from '../../../src/agent/channel.ts'
import { until } from '../../harness/program.ts'

const BROKEN_PIPE = 109
const MORE_DATA = 234
const CANT_WAIT = 554
const NO_SYSTEM_RESOURCES = 1450
const TIMEOUT = 1460

/** A device that does what the test says, and notes what was asked of it. */
class RecordedDevice implements Device {
  reads: ReadDone[] = []
  writes: { readonly text: string; readonly done: WriteDone }[] = []
  isClosed = false

  read(done: ReadDone): void {
    if (this.isClosed) throw new Error('Cannot read: closed')
    this.reads.push(done)
  }

  write(bytes: Uint8Array, done: WriteDone): void {
    if (this.isClosed) throw new Error('Cannot write: closed')
    this.writes.push({ text: Buffer.from(bytes).toString(), done })
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }

  /** Ends the one read that is under way. */
  arrive(text: string, error = 0): void {
    expect(this.reads).toHaveLength(1)
    this.reads.shift()?.(Buffer.from(text), error)
  }

  /** Ends the one write that is under way, and returns what it was to write. */
  accept(count: number, error = 0): string {
    expect(this.writes).toHaveLength(1)
    const { text, done } = this.writes.shift() as (typeof this.writes)[number]
    done(count, error)
    return text
  }
}

class RecordedSession implements Session {
  peer: Peer | undefined
  readonly events: string[] = []

  connected(peer: Peer): void {
    this.peer = peer
    this.events.push('connected')
  }

  received(bytes: Buffer): void {
    this.events.push(`received ${bytes}`)
  }

  writable(): void {
    this.events.push('writable')
  }

  inputEnded(): void {
    this.events.push('inputEnded')
  }

  disconnected(): void {
    this.events.push('disconnected')
  }

  /** What has happened since it was asked last. */
  take(): string[] {
    return this.events.splice(0)
  }
}

function opened() {
  const devices = [new RecordedDevice()]
  const session = new RecordedSession()
  new Port(session, devices[0] as RecordedDevice, () => {
    devices.push(new RecordedDevice())
    return devices.at(-1) as RecordedDevice
  })
  const device = devices[0] as RecordedDevice
  expect(session.take()).toEqual(['connected'])
  const write = (text: string) => session.peer?.write(Buffer.from(text))
  return { devices, device, session, write }
}

test('bytes are handed on, and reading goes on', () => {
  const { device, session } = opened()
  device.arrive('a')
  device.arrive('b', TIMEOUT)
  device.arrive('', TIMEOUT)
  device.arrive('c', MORE_DATA)
  device.arrive('d')
  expect(session.take()).toEqual(['received a', 'received b', 'received c', 'received d'])
})

test('a read of nothing is no reason to let go of the peer', async () => {
  const { device, session } = opened()
  device.arrive('a')
  device.arrive('')
  await until('it is asked again', () => device.reads.length === 1)
  device.arrive('b')
  expect(session.take()).toEqual(['received a', 'received b'])
})

test('a device without a host stays open and is asked again', async () => {
  const { device, devices, session } = opened()
  for (let i = 0; i < 2; i++) {
    device.arrive('', NO_SYSTEM_RESOURCES)
    expect(device.reads).toEqual([])
    await until('it is asked again', () => device.reads.length === 1)
  }
  expect(session.take()).toEqual([])
  expect(devices).toHaveLength(1)
  expect(device.isClosed).toBe(false)
})

test('a host that has spoken and gone leaves nothing behind for the next', async () => {
  const { device, session, write } = opened()
  device.arrive('{"execute":')
  device.arrive('', NO_SYSTEM_RESOURCES)
  expect(session.take()).toEqual(['received {"execute":', 'disconnected'])
  expect(write('reply')).toBe(-1)
  expect(device.reads).toEqual([])
  session.peer?.end()
  await until('it is asked again', () => device.reads.length === 1)
  expect(session.take()).toEqual(['connected'])
  expect(device.isClosed).toBe(false)
})

test('a paused session gets what was under way when it resumes, and nothing before', () => {
  const { device, session } = opened()
  session.peer?.pause()
  device.arrive('a')
  expect(session.take()).toEqual([])
  expect(device.reads).toEqual([])
  session.peer?.resume()
  expect(session.take()).toEqual(['received a'])
  expect(device.reads).toHaveLength(1)
})

test('one write is under way at a time, and written to its end', () => {
  const { device, session, write } = opened()
  expect(write('reply')).toBe(5)
  expect(write('next')).toBe(0)
  expect(device.accept(2)).toBe('reply')
  expect(session.take()).toEqual([])
  expect(device.accept(3)).toBe('ply')
  expect(session.take()).toEqual(['writable'])
  expect(write('next')).toBe(4)
})

test('a large write is taken in parts', () => {
  const { device, write } = opened()
  expect(write('x'.repeat(1_000_000))).toBe(65536)
  expect(device.accept(65536)).toHaveLength(65536)
})

test.each([CANT_WAIT, NO_SYSTEM_RESOURCES])(
  'a write that the driver cannot take (%d) is tried again',
  async (error) => {
    const { device, session, write } = opened()
    write('reply')
    device.accept(0, error)
    expect(session.take()).toEqual([])
    await until('it is written again', () => device.writes.length === 1)
    expect(device.accept(5)).toBe('reply')
    expect(session.take()).toEqual(['writable'])
  },
)

test('what could not be written when the host left is not written to the next', async () => {
  const { device, session, write } = opened()
  device.arrive('request')
  write('reply')
  device.accept(0, CANT_WAIT)
  device.arrive('', NO_SYSTEM_RESOURCES)
  session.peer?.end()
  await until('there is room to write', () => session.events.includes('writable'))
  await until('the next may come', () => device.reads.length === 1)
  expect(write('fresh')).toBe(5)
  expect(device.accept(5)).toBe('fresh')
})

test('a failed write is the last', () => {
  const { device, session, write } = opened()
  write('reply')
  device.accept(0, BROKEN_PIPE)
  expect(session.take()).toEqual(['writable'])
  expect(write('reply')).toBe(-1)
})

test('a device that is gone is closed once the session has let go, and opened anew', async () => {
  const { device, devices, session } = opened()
  device.arrive('', BROKEN_PIPE)
  expect(session.take()).toEqual(['disconnected'])
  expect(device.isClosed).toBe(false)
  session.peer?.end()
  expect(device.isClosed).toBe(true)
  await until('it is opened anew', () => devices[1]?.reads.length === 1)
  expect(session.take()).toEqual(['connected'])
  devices[1]?.arrive('a')
  expect(session.take()).toEqual(['received a'])
})
