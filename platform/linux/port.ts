// SPDX-License-Identifier: Apache-2.0
/**
 * The agent's end of a device that is opened once and whose host comes and goes: virtio-serial and serial lines.
 * Nothing is asked twice: the device is read and written until it says EAGAIN, and then when it tells of a change.
 */
import type { Peer, Session } from '../../src/agent/channel.ts'
import { AgentError } from '../../src/errors.ts'

/** virtio-serial hands over a page at a time: they are gathered. */
const BUFFER_BYTES = 64 * 1024
/** Bytes written, and buffers read, before others get their turn. */
const PART_BYTES = 256 * 1024
const BUFFERS_MAX = 16
const EAGAIN = -11

/** An open device. Counts below zero are errno numbers, negated. */
export interface Line {
  read(into: Uint8Array): number
  write(bytes: Uint8Array): number
  close(): void
}

export interface Device {
  /**
   * @param changed something can be read or written that could not before, or the other end has gone; says whether
   *   the peer has been answered, and so may ask again at once
   * @throws OsError in upstream's words
   */
  open(changed: (isHungUp: boolean) => boolean): Line
  /** Whether to read nothing means that the host is not there; else the device has gone. */
  readonly isEndAbsence: boolean
  /** Waits for the time after the given number of attempts, or until the device may be there. */
  appeared(tries: number): Promise<void>
}

/** Serves whoever is at the other end of a device, one after the other. */
export class Port {
  readonly #session: Session
  readonly #device: Device
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #line: Line
  #isReading = false
  #isPaused = false
  /** The device has not taken all: the session waits for word. */
  #isFull = false
  /** All of what was written last has been taken. */
  #hasAnswered = false
  /** What the peer sent may be the first half of a request: the next peer must not find it there. */
  #hasSpoken = false
  /** The peer has gone, and the session has not let go of it yet. */
  #isLeaving = false
  /** The device cannot be used any more. */
  #isBroken = false

  /** @throws OsError in upstream's words */
  constructor(session: Session, device: Device) {
    this.#session = session
    this.#device = device
    this.#line = this.#open()
    this.#connect()
  }

  #open(): Line {
    return this.#device.open((isHungUp) => this.#changed(isHungUp))
  }

  #connect(): void {
    this.#isLeaving = false
    this.#hasSpoken = false
    this.#isPaused = false
    this.#isFull = false
    this.#session.connected(this.#peer())
    this.#read()
  }

  #peer(): Peer {
    return {
      write: (bytes) => this.#write(bytes),
      pause: () => {
        this.#isPaused = true
      },
      resume: () => {
        this.#isPaused = false
        this.#read()
      },
      end: () => {
        if (this.#isBroken) void this.#reopen()
        else this.#connect()
      },
    }
  }

  #changed(isHungUp: boolean): boolean {
    if (this.#isLeaving) return false
    this.#hasAnswered = false
    // Nobody reads on to find that out, and a reply may be waiting for this peer.
    if (isHungUp && this.#isPaused) this.#leave()
    if (this.#isFull) this.#writable()
    this.#read()
    return this.#hasAnswered
  }

  #writable(): void {
    this.#isFull = false
    this.#session.writable()
  }

  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    let isMore = true
    for (let i = 0; isMore && i < BUFFERS_MAX; i++) {
      isMore = !this.#isPaused && !this.#isLeaving && this.#readBuffer()
    }
    this.#isReading = false
    if (isMore) setImmediate(() => this.#read())
  }

  /** Reads what is there; whether there may be more. */
  #readBuffer(): boolean {
    let size = 0
    let count = 0
    while (size < BUFFER_BYTES) {
      count = this.#line.read(this.#buffer.subarray(size))
      if (count <= 0) break
      size += count
    }
    if (size > 0) {
      this.#hasSpoken = true
      // The session may free what it is given.
      const bytes = Buffer.allocUnsafeSlow(size)
      bytes.set(this.#buffer.subarray(0, size))
      this.#session.received(bytes)
      return count !== EAGAIN
    }
    if (count === EAGAIN) return false
    if (count < 0 || !this.#device.isEndAbsence) this.#breakOff()
    else if (this.#hasSpoken) this.#leave()
    return false
  }

  /** Writes a part at most, and asks for the next one when others have had their turn. */
  #write(bytes: Uint8Array): number {
    if (this.#isLeaving) return -1
    const end = Math.min(bytes.length, PART_BYTES)
    let done = 0
    while (done < end) {
      const count = this.#line.write(bytes.subarray(done, end))
      if (count < 0 && count !== EAGAIN) {
        queueMicrotask(() => this.#breakOff())
        return -1
      }
      if (count <= 0) break
      done += count
    }
    this.#isFull = done < bytes.length
    this.#hasAnswered = !this.#isFull
    if (this.#isFull && done === end) setImmediate(() => this.#writable())
    return done
  }

  #breakOff(): void {
    this.#isBroken = true
    this.#leave()
  }

  /** Ends the session's dealings with this peer, and drops what was meant for it; `end` follows, perhaps at once. */
  #leave(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#session.disconnected()
  }

  async #reopen(): Promise<void> {
    this.#line.close()
    for (let tries = 0; ; tries++) {
      await this.#device.appeared(tries)
      try {
        this.#line = this.#open()
        break
      } catch (error) {
        // It is not there yet, or somebody else has it.
        if (!(error instanceof AgentError)) throw error
      }
    }
    this.#isBroken = false
    this.#connect()
  }
}
