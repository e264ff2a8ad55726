// SPDX-License-Identifier: Apache-2.0
/** guest-file-*: handles, counts and limits. What a file is, the platform knows. */
import { errorCode } from '../errno.ts'
import { InvalidArguments } from '../errors.ts'
import type { Handlers, Permit } from '../schema/command.ts'
import type { Platform } from '../schema/condition.ts'
import type * as schema from '../schema/file.ts'
import { type FileMode, parseFileMode } from './file-mode.ts'

type Integer = number | bigint

/** An open file. Every failure is an OsError that says what was attempted, in upstream's words. */
export interface OpenFile {
  /** Reads at the file's position into `into`; 0 at the end. A promise when it may take its time. */
  read(into: Uint8Array): number | Promise<number>
  /** Writes the parts at the file's position and returns how many bytes were taken: fewer than given only when no more fit now. */
  write(parts: readonly Uint8Array[]): Promise<number>
  /** @param whence SEEK_SET 0, SEEK_CUR 1, SEEK_END 2 @returns the resulting position */
  seek(offset: Integer, whence: number): Promise<Integer>
  /** Absent where every write has reached the system before it was answered, which is all that was asked for. */
  flush?(): Promise<void>
  close(): Promise<void>
}

export interface FilePorts {
  /**
   * @param spelling of the mode, for error texts
   * @param permit has to be asked about the file that the path stands for, before anything happens to it
   */
  open(path: string, mode: FileMode, spelling: string, permit?: Permit): Promise<OpenFile>
  /** A number that was never a handle before; committed to disk before it is returned. */
  nextHandle(): Promise<Integer>
  /** @param release lets go of what was only kept to be used again */
  whenIdle(release: () => void): void
  /** An account for the system's log. */
  account(message: string): void
}

const DEFAULT_COUNT = 4096
/** Bytes of one guest-file-read. */
const COUNT_MAX = 48 * 1024 * 1024
/** The read buffer has at least this size; it is kept until the agent is idle. */
const BUFFER_BYTES = 64 * 1024
/** Bytes of one system call: no thread of the work pool is kept longer than this takes. */
const SLICE_MAX = 1024 * 1024
const SEEK = { set: 0, cur: 1, end: 2 } as const

export function createFileHandlers(
  ports: FilePorts,
  maxHandles: number,
): Handlers<typeof schema, Platform> {
  const files = new Map<bigint, OpenFile>()
  /** The one that the next read fills; nobody else's while that goes on, which may be for ever. */
  let buffer: Uint8Array = new Uint8Array(0)
  /** Files that are being opened. */
  let opening = 0
  ports.whenIdle(() => {
    buffer = new Uint8Array(0)
  })

  function find(handle: Integer): OpenFile {
    const file = files.get(BigInt(handle))
    if (file === undefined) throw new InvalidArguments(`handle '${handle}' has not been found`)
    return file
  }

  /** Reads up to `count` bytes; they stay valid until the next read. */
  async function readUpTo(
    file: OpenFile,
    count: number,
  ): Promise<{ bytes: Uint8Array; eof: boolean }> {
    // Memory that no byte of the file reaches is never touched, and costs nothing.
    const into =
      buffer.length < count ? Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, count)) : buffer
    buffer = new Uint8Array(0)
    try {
      const { length, eof } = await fill(file, into, count)
      return { bytes: into.subarray(0, length), eof }
    } finally {
      buffer = into
    }
  }

  async function open(path: string, mode: string, permit?: Permit): Promise<OpenFile> {
    opening++
    try {
      return await ports.open(path, parseFileMode(mode), mode, permit)
    } finally {
      opening--
    }
  }

  return {
    'guest-file-open': async ({ path, mode = 'r' }, permit) => {
      ports.account(`guest-file-open called, filepath: ${path}, mode: ${mode}`)
      const count = files.size + opening
      if (count >= maxHandles) {
        throw new InvalidArguments(
          `too many open files: ${count}, the limit is max-file-handles=${maxHandles}`,
        )
      }
      const file = await open(path, mode, permit)
      try {
        const handle = await ports.nextHandle()
        files.set(BigInt(handle), file)
        ports.account(`guest-file-open, handle: ${handle}`)
        return handle
      } catch (error) {
        await file.close()
        throw error
      }
    },

    'guest-file-close': async ({ handle }) => {
      ports.account(`guest-file-close called, handle: ${handle}`)
      const file = find(handle)
      // Whatever close says, the descriptor is gone.
      files.delete(BigInt(handle))
      await file.close()
      return {}
    },

    'guest-file-read': async ({ handle, count = DEFAULT_COUNT }) => {
      const file = find(handle)
      if (count < 0 || count > COUNT_MAX) throw invalidCount(count)
      const { bytes, eof } = await readUpTo(file, Number(count))
      return { count: bytes.length, 'buf-b64': bytes, eof }
    },

    'guest-file-write': async ({ handle, 'buf-b64': encoded, count }) => {
      const file = find(handle)
      const slices = encoded.decode()
      const length = slices.reduce((sum, slice) => sum + slice.length, 0)
      if (count !== undefined && (count < 0 || count > length)) throw invalidCount(count)
      try {
        return { count: await writeSlices(file, slices, Number(count ?? length)), eof: false }
      } catch (error) {
        ports.account(`guest-file-write failed, handle: ${handle}`)
        throw error
      } finally {
        encoded.release()
      }
    },

    'guest-file-seek': async ({ handle, offset, whence }) => {
      const file = find(handle)
      const origin = typeof whence === 'string' ? SEEK[whence] : Number(whence)
      if (origin < 0 || origin > 2) throw new InvalidArguments(`invalid whence code ${whence}`)
      return { position: await file.seek(offset, origin), eof: false }
    },

    'guest-file-flush': async ({ handle }) => {
      await find(handle).flush?.()
      return {}
    },
  }
}

function invalidCount(count: Integer): InvalidArguments {
  return new InvalidArguments(`value '${count}' is invalid for argument count`)
}

async function fill(
  file: OpenFile,
  into: Uint8Array,
  count: number,
): Promise<{ length: number; eof: boolean }> {
  let length = 0
  while (length < count) {
    const end = Math.min(count, length + SLICE_MAX)
    const got = await readSome(file, into.subarray(length, end), length)
    if (got === undefined) return { length, eof: false }
    if (got === 0) return { length, eof: true }
    length += got
  }
  return { length, eof: false }
}

/** Reads once; undefined when there is no more now but bytes that came before must not be lost. */
async function readSome(
  file: OpenFile,
  into: Uint8Array,
  already: number,
): Promise<number | undefined> {
  try {
    return await file.read(into)
  } catch (error) {
    if (already > 0 && errorCode(error) === 'EAGAIN') return undefined
    throw error
  }
}

/** @returns the bytes written: fewer than `count` when the file took no more for now */
async function writeSlices(
  file: OpenFile,
  slices: readonly Uint8Array[],
  count: number,
): Promise<number> {
  let rest = firstBytes(slices, count)
  let done = 0
  while (done < count) {
    try {
      const taken = await file.write(firstBytes(rest, SLICE_MAX))
      rest = withoutFirst(rest, taken)
      done += taken
    } catch (error) {
      if (done > 0 && errorCode(error) === 'EAGAIN') return done
      throw error
    }
  }
  return done
}

function firstBytes(slices: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  const first: Uint8Array[] = []
  let left = count
  for (const slice of slices) {
    if (left === 0) break
    first.push(slice.subarray(0, left))
    left -= Math.min(left, slice.length)
  }
  return first
}

function withoutFirst(slices: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count
  return slices.flatMap((slice) => {
    const passed = Math.min(left, slice.length)
    left -= passed
    return passed === slice.length ? [] : [slice.subarray(passed)]
  })
}
