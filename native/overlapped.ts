// SPDX-License-Identifier: Apache-2.0
/** Overlapped reading and writing: one of each at a time, without a thread of ours. */
import {
  cancelIo,
  closeHandle,
  type Handle,
  openDevice,
  overlappedResult,
  readFile,
  readWhatComes,
  type Start,
  writeFile,
} from './kernel32.ts'
import {
  createEvent,
  registerWait,
  resetEvent,
  unregisterWait,
  type Wait,
} from './kernel32-wait.ts'
import { loadKoffi } from './koffi.ts'
import { lastError } from './windows-library.ts'

/** What one call transfers at most. */
const BUFFER_BYTES = 64 * 1024
const ERROR_IO_INCOMPLETE = 996
const ERROR_IO_PENDING = 997
/** OVERLAPPED on 64-bit Windows: Internal, InternalHigh, Offset, hEvent. */
export const OVERLAPPED = { bytes: 32, event: 24 } as const

/** @param error 0, or as GetLastError gives it */
export type ReadDone = (bytes: Buffer, error: number) => void
export type WriteDone = (count: number, error: number) => void

/** A device or pipe as its user sees it. What is started is done later, never within the call. */
export interface Device {
  /** Hands over what comes next, none if the read failed; the bytes are the taker's. */
  read(done: ReadDone): void
  /** Writes `bytes`, at most as many as fit into the buffer; `done` tells how many were written. */
  write(bytes: Uint8Array, done: WriteDone): void
  /** Ends what is under way; neither `done` is called any more. */
  close(): Promise<void>
}

/** @throws OsError `action: system message` */
export function openOverlapped(action: string, path: string): Device {
  const handle = openDevice(action, path)
  readWhatComes(handle)
  return overlapped(handle)
}

/** @param handle opened with FILE_FLAG_OVERLAPPED; closed with the device */
export function overlapped(handle: Handle): Device {
  const used: Operation[] = []
  const operation = (start: Start) => {
    const made = new Operation(handle, start)
    used.push(made)
    return made
  }
  let reading: Operation | undefined
  let writing: Operation | undefined
  return {
    read: (done) => {
      reading ??= operation(readFile)
      const { buffer } = reading
      reading.start(BUFFER_BYTES, (count, error) => {
        done(Buffer.from(buffer.subarray(0, count)), error)
      })
    },
    write: (bytes, done) => {
      writing ??= operation(writeFile)
      const count = Math.min(bytes.length, BUFFER_BYTES)
      writing.buffer.set(bytes.subarray(0, count))
      writing.start(count, done)
    },
    close: async () => {
      cancelIo(handle)
      await Promise.all(used.map((operation) => operation.end()))
      closeHandle(handle)
      await Promise.all(used.map((operation) => operation.free()))
    },
  }
}

/**
 * One direction. The system writes to its memory while JS runs, so it is not of the JS heap, and lives until
 * nothing is under way.
 */
class Operation {
  readonly buffer: Uint8Array
  readonly #handle: Handle
  readonly #start: Start
  readonly #event = createEvent()
  readonly #memory = loadKoffi().alloc('uint8_t', BUFFER_BYTES)
  readonly #overlapped = loadKoffi().alloc('uint8_t', OVERLAPPED.bytes)
  readonly #overlappedView: Buffer
  readonly #wait: Wait
  #done: WriteDone | undefined
  #ended: (() => void) | undefined

  constructor(handle: Handle, start: Start) {
    this.#handle = handle
    this.#start = start
    this.buffer = new Uint8Array(loadKoffi().view(this.#memory, BUFFER_BYTES))
    this.#overlappedView = Buffer.from(loadKoffi().view(this.#overlapped, OVERLAPPED.bytes))
    this.#wait = registerWait(this.#event, () => this.#signalled())
  }

  start(bytes: number, done: WriteDone): void {
    if (this.#done !== undefined) throw new Error('Cannot start a second operation')
    this.#done = done
    this.#overlappedView.fill(0)
    this.#overlappedView.writeBigInt64LE(BigInt(this.#event), OVERLAPPED.event)
    const isDone = this.#start(this.#handle, this.#memory, bytes, null, this.#overlapped) !== 0
    // What is done at once signals the event as well.
    const error = isDone ? ERROR_IO_PENDING : lastError()
    if (error === ERROR_IO_PENDING) return
    resetEvent(this.#event)
    queueMicrotask(() => this.#finish(0, error))
  }

  /** Resolves when nothing is under way. */
  end(): Promise<void> {
    if (this.#done === undefined) return Promise.resolve()
    this.#done = () => {}
    return new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  async free(): Promise<void> {
    await unregisterWait(this.#wait)
    closeHandle(this.#event)
    loadKoffi().free(this.#overlapped)
    loadKoffi().free(this.#memory)
  }

  #signalled(): void {
    if (this.#done === undefined) return
    const { count, error } = overlappedResult(this.#handle, this.#overlapped)
    if (error !== ERROR_IO_INCOMPLETE) this.#finish(count, error)
  }

  #finish(count: number, error: number): void {
    const done = this.#done
    this.#done = undefined
    done?.(count, error)
    this.#ended?.()
  }
}
