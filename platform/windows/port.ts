// SPDX-License-Identifier: Apache-2.0
/**
 * The agent's end of a device that is opened once and whose host comes and goes unseen: virtio-serial, and
 * anything that behaves like a file. What the virtio-win driver (vioser) says with which error is noted below.
 */
import type { Device } from '../../native/overlapped.ts'
import type { Peer, Session } from '../../src/agent/channel.ts'
import type { WaitForPort } from './arrivals.ts'

/** Milliseconds between questions to a device that answers at once that there is nobody. */
const NOBODY_MS = 100
/** Milliseconds between attempts to open a device that has gone; then always the last. */
const REOPEN_MS = [0, 1000, 2000] as const
const REOPEN_LAST_MS = 5000
/** The driver refuses writes of more than 2 MiB, and a peer that reads slowly should not hold much. */
const PART_BYTES = 64 * 1024

const ERROR_HANDLE_EOF = 38
const ERROR_MORE_DATA = 234
/** STATUS_CANT_WAIT: the host is not there, or has left the queue full. */
const ERROR_CANT_WAIT = 554
/** The driver ends what is under way before the guest sleeps. */
const ERROR_OPERATION_ABORTED = 995
/** STATUS_INSUFFICIENT_RESOURCES: nothing to read, and no host that could send. */
const ERROR_NO_SYSTEM_RESOURCES = 1450
/** A serial port's interval ended without a byte, which is nothing to tell. */
const ERROR_TIMEOUT = 1460

const NOBODY: ReadonlySet<number> = new Set([
  ERROR_HANDLE_EOF,
  ERROR_OPERATION_ABORTED,
  ERROR_NO_SYSTEM_RESOURCES,
])
const TRY_AGAIN: ReadonlySet<number> = new Set([0, ERROR_MORE_DATA, ERROR_TIMEOUT])
const CANNOT_TAKE: ReadonlySet<number> = new Set([
  ERROR_CANT_WAIT,
  ERROR_OPERATION_ABORTED,
  ERROR_NO_SYSTEM_RESOURCES,
])

/** Serves whoever is at the other end of a device, one after the other. */
export class Port {
  readonly #session: Session
  readonly #open: () => Device
  readonly #wait: WaitForPort
  #device: Device
  #isReading = false
  #isPaused = false
  /** Came while paused. */
  #held: Buffer | undefined
  /** What the peer sent may be the first half of a request: the next peer must not find it there. */
  #hasSpoken = false
  /** The peer has gone, and the session has not let go of it yet. */
  #isLeaving = false
  /** The device cannot be used any more. */
  #isBroken = false
  #isWriting = false
  /** A write has failed for good: this peer will never read again. */
  #isDeaf = false
  #retry: NodeJS.Timeout | undefined
  /** How many have left. */
  #left = 0

  /**
   * @param open opens the device anew, or throws
   * @param wait waits until that may be worth a try
   */
  constructor(session: Session, device: Device, open: () => Device, wait: WaitForPort = Bun.sleep) {
    this.#session = session
    this.#device = device
    this.#open = open
    this.#wait = wait
    // Neither waits nor callbacks keep the process running.
    setInterval(() => {}, 2 ** 30)
    this.#connect()
  }

  #connect(): void {
    this.#isLeaving = false
    this.#isDeaf = false
    this.#hasSpoken = false
    this.#isPaused = false
    this.#held = undefined
    this.#session.connected(this.#peer())
    this.#read()
  }

  #peer(): Peer {
    return {
      write: (bytes) => this.#write(bytes),
      pause: () => {
        this.#isPaused = true
      },
      resume: () => this.#resume(),
      end: () => this.#next(),
    }
  }

  #read(): void {
    if (this.#isReading || this.#isPaused || this.#isLeaving) return
    this.#isReading = true
    this.#device.read((bytes, error) => {
      this.#isReading = false
      if (bytes.length > 0) this.#received(bytes)
      if (NOBODY.has(error)) this.#nobody()
      else if (!TRY_AGAIN.has(error)) this.#broken()
      else if (error === 0 && bytes.length === 0) this.#readLater()
      else this.#read()
    })
  }

  #received(bytes: Buffer): void {
    this.#hasSpoken = true
    if (this.#isPaused) this.#held = bytes
    else this.#session.received(bytes)
  }

  #resume(): void {
    this.#isPaused = false
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.#session.received(held)
    this.#read()
  }

  /** Closing the device would tell the host that the agent has gone: it stays open, and is asked again. */
  #nobody(): void {
    if (this.#hasSpoken) this.#leave()
    else this.#readLater()
  }

  #readLater(): void {
    setTimeout(() => this.#read(), NOBODY_MS)
  }

  #broken(): void {
    this.#isBroken = true
    this.#leave()
  }

  /** Ends the session's dealings with this peer; `end` follows, perhaps at once. */
  #leave(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#left++
    this.#session.disconnected()
  }

  #next(): void {
    if (this.#isBroken) void this.#reopen()
    else setTimeout(() => this.#connect(), NOBODY_MS)
  }

  async #reopen(): Promise<void> {
    clearTimeout(this.#retry)
    await this.#device.close()
    this.#device = await this.#opened()
    this.#isBroken = false
    this.#isReading = false
    this.#isWriting = false
    this.#connect()
  }

  async #opened(): Promise<Device> {
    for (let tries = 0; ; tries++) {
      await this.#wait(REOPEN_MS[tries] ?? REOPEN_LAST_MS)
      try {
        return this.#open()
      } catch {
        // It is not there yet, or somebody else has it.
      }
    }
  }

  /** One part at a time; `writable` follows each. */
  #write(bytes: Uint8Array): number {
    if (this.#isDeaf || this.#isLeaving) return -1
    if (this.#isWriting) return 0
    this.#isWriting = true
    const part = Buffer.from(bytes.subarray(0, PART_BYTES))
    this.#writeAll(part, this.#left)
    return part.length
  }

  #writeAll(part: Buffer, peer: number): void {
    this.#device.write(part, (count, error) => {
      const rest = part.subarray(count)
      const isRefused = CANNOT_TAKE.has(error)
      // What was meant for a peer that has gone is dropped.
      if (rest.length === 0 || peer !== this.#left) this.#written()
      else if (isRefused) this.#retry = setTimeout(() => this.#writeAgain(rest, peer), NOBODY_MS)
      else if (error === 0) this.#writeAll(rest, peer)
      else {
        this.#isDeaf = true
        this.#written()
      }
    })
  }

  #writeAgain(rest: Buffer, peer: number): void {
    if (peer === this.#left) this.#writeAll(rest, peer)
    else this.#written()
  }

  #written(): void {
    this.#isWriting = false
    this.#session.writable()
  }
}
