// SPDX-License-Identifier: Apache-2.0
/** What linux/fs.h has for mounted file systems. Each call returns an errno, 0 when it has done its work. */
import { loadKoffi } from './koffi.ts'
import { bind } from './libc.ts'

/** `_IOWR('X', 119, int)` and its neighbours; the numbers are the same on x86-64 and arm64. */
const FIFREEZE = 0xc0045877
const FITHAW = 0xc0045878
const FITRIM = 0xc0185879
/** struct fstrim_range: start, len and minlen, each 64 bits, in bytes. */
export const TRIM_RANGE = { bytes: 24, len: 8, minlen: 16 } as const
const UINT64_MAX = 2n ** 64n - 1n

type Callback = (error: unknown, result: number) => void
const cIoctl = bind<
  ((fd: number, request: number, argument: Buffer | null) => number) & {
    async(fd: number, request: number, argument: null, done: Callback): void
  }
>('int ioctl(int fd, unsigned long request, void *argument)')

function errnoOf(result: number): number {
  return result < 0 ? loadKoffi().errno() : 0
}

function onWorkPool(fd: number, request: number): Promise<number> {
  return new Promise((resolve, reject) => {
    cIoctl().async(fd, request, null, (error, result) => {
      if (error) reject(error)
      else resolve(errnoOf(result))
    })
  })
}

/** ioctl_fifreeze(2): flushes the file system and holds up all writers. */
export const freezeFileSystem = (fd: number): Promise<number> => onWorkPool(fd, FIFREEZE)

/** The reverse, which also writes; EINVAL when it is not frozen. */
export const thawFileSystem = (fd: number): Promise<number> => onWorkPool(fd, FITHAW)

/** The same on this thread. */
export function thawFileSystemNow(fd: number): number {
  return errnoOf(cIoctl()(fd, FITHAW, null))
}

/** linux/loop.h: struct loop_info64, which begins with the st_dev of the file below. */
const LOOP_GET_STATUS64 = 0x4c05
export const LOOP_INFO_BYTES = 232

/** loop(4): st_dev of the file that a loop device lies in; undefined for what is no such device. */
export function loopBackingDevice(fd: number): bigint | undefined {
  const info = Buffer.alloc(LOOP_INFO_BYTES)
  return cIoctl()(fd, LOOP_GET_STATUS64, info) < 0 ? undefined : info.readBigUInt64LE(0)
}

/**
 * ioctl_fitrim(2): discards what is free.
 * @param minimum extents below so many bytes are left
 * @returns the bytes discarded, and the minimum that the file system made of it
 */
export function trimFileSystem(
  fd: number,
  minimum: bigint,
): { errno: number; trimmed: bigint; minimum: bigint } {
  const range = Buffer.alloc(TRIM_RANGE.bytes)
  range.writeBigUInt64LE(UINT64_MAX, TRIM_RANGE.len)
  range.writeBigUInt64LE(BigInt.asUintN(64, minimum), TRIM_RANGE.minlen)
  const errno = errnoOf(cIoctl()(fd, FITRIM, range))
  return {
    errno,
    trimmed: range.readBigUInt64LE(TRIM_RANGE.len),
    minimum: range.readBigUInt64LE(TRIM_RANGE.minlen),
  }
}
