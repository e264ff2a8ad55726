// SPDX-License-Identifier: Apache-2.0
/** The C library's functions that Bun has no call for. Thin: types, errno, the manual page, no policy. */
import { errnoError } from '../src/errno.ts'
import { loadKoffi } from './koffi.ts'

/**
 * Binds a function when it is first called.
 * @param library its shared object; null for the process's own C library (glibc or musl)
 */
export function bind<F extends (...args: never[]) => unknown>(
  prototype: string,
  library: string | null = null,
): () => F {
  let bound: F | undefined
  return () => {
    bound ??= loadKoffi().load(library).func(prototype) as unknown as F
    return bound
  }
}

/** @throws OsError `action: strerror` when `result` says that the call just made has failed */
export function must(action: string, result: number): number {
  if (result < 0) throw errnoError(action, loadKoffi().errno())
  return result
}

const O_CLOEXEC = 0o2000000
const cPipe2 = bind<(fds: [number, number], flags: number) => number>(
  'int pipe2(_Out_ int *fds, int flags)',
)

/** pipe2(2) with O_CLOEXEC; the read end first. */
export function pipe(): [number, number] {
  const fds: [number, number] = [-1, -1]
  must('pipe2', cPipe2()(fds, O_CLOEXEC))
  return fds
}

const O_WRONLY = 1
const O_NONBLOCK = 0o4000
const F_SETFL = 4
const F_SETPIPE_SZ = 1031
const cFcntl = bind<(fd: number, command: number, argument: number) => number>(
  'int fcntl(int fd, int command, long argument)',
)

/** fcntl(2) F_SETFL: makes the write end of a pipe fail with EAGAIN where it would wait. */
export function setNonBlocking(fd: number): void {
  must('fcntl', cFcntl()(fd, F_SETFL, O_WRONLY | O_NONBLOCK))
}

/** fcntl(2) F_SETPIPE_SZ: room for this many bytes, as far as the system allows it to this process. */
export function growPipe(fd: number, bytes: number): void {
  cFcntl()(fd, F_SETPIPE_SZ, bytes)
}

type Int = number | bigint
type Callback = (error: unknown, result: Int) => void
const cLseek = bind<
  ((fd: number, offset: Int, whence: number) => Int) & {
    async(fd: number, offset: Int, whence: number, done: Callback): void
  }
>('int64_t lseek64(int fd, int64_t offset, int whence)')

/** lseek(2), on the work pool: SEEK_END may ask a server. Returns the resulting offset in bytes. */
export function lseek(action: string, fd: number, offset: Int, whence: number): Promise<Int> {
  return new Promise((resolve, reject) => {
    cLseek().async(fd, offset, whence, (error, result) => {
      if (error) reject(error)
      else if (result < 0) reject(errnoError(action, loadKoffi().errno()))
      else resolve(result)
    })
  })
}

const cSetenv = bind<(name: string, value: string, overwrite: number) => number>(
  'int setenv(const char *name, const char *value, int overwrite)',
)

/** setenv(3): the C library's environment, which Bun's own threads read; process.env does not reach it. */
export function setenv(name: string, value: string): void {
  must('setenv', cSetenv()(name, value, 1))
}

const cUnsetenv = bind<(name: string) => number>('int unsetenv(const char *name)')

/** unsetenv(3) */
export function unsetenv(name: string): void {
  must('unsetenv', cUnsetenv()(name))
}

const cTzset = bind<() => void>('void tzset(void)')
const cLocaltime = bind<(time: Buffer, tm: Buffer) => unknown>(
  'void *localtime_r(const void *time, void *tm)',
)
/** struct tm on 64-bit Linux: offsets of tm_gmtoff and of the pointer tm_zone behind nine ints. */
export const TM = { bytes: 56, gmtoff: 40, zone: 48 } as const

/** localtime_r(3) after tzset(3): seconds east of UTC and the zone's abbreviation, or undefined. */
export function localZone(secondsSinceEpoch: number): { zone: string; offset: number } | undefined {
  const time = Buffer.alloc(8)
  time.writeBigInt64LE(BigInt(secondsSinceEpoch))
  const tm = Buffer.alloc(TM.bytes)
  cTzset()()
  if (cLocaltime()(time, tm) === null) return undefined
  const zone = loadKoffi().decode(tm.readBigUInt64LE(TM.zone), 'char', -1) as string
  return { zone, offset: Number(tm.readBigInt64LE(TM.gmtoff)) }
}

const F_OFD_SETLK = 37
const F_WRLCK = 1
/** struct flock on 64-bit Linux; l_type is its first short. All else zero is the whole file. */
export const FLOCK = { bytes: 32 } as const
const cFcntlLock = bind<(fd: number, command: number, lock: Buffer) => number>(
  'int fcntl(int fd, int command, void *lock)',
)

/**
 * fcntl(2) F_OFD_SETLK: a write lock on the whole file for as long as the descriptor is open. It
 * stands against the locks of F_SETLK, but is not lost when some other descriptor of the file is
 * closed in this process.
 */
export function lockFile(action: string, fd: number): void {
  const lock = Buffer.alloc(FLOCK.bytes)
  lock.writeInt16LE(F_WRLCK, 0)
  must(action, cFcntlLock()(fd, F_OFD_SETLK, lock))
}

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const cSocket = bind<(family: number, type: number, protocol: number) => number>(
  'int socket(int family, int type, int protocol)',
)
const cSendto = bind<
  (fd: number, data: Buffer, size: number, flags: number, to: Buffer, toSize: number) => number
>('long sendto(int fd, const void *data, size_t size, int flags, const void *to, uint32 toSize)')

/** A non-blocking datagram socket of the unix family. */
export function datagramSocket(): number {
  return must('socket', cSocket()(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | O_CLOEXEC, 0))
}

/** sendto(2) to a unix socket's path; false when it was not taken, for whatever reason. */
export function sendDatagram(fd: number, path: string, data: Buffer): boolean {
  const address = Buffer.alloc(2 + Buffer.byteLength(path) + 1)
  address.writeUInt16LE(AF_UNIX)
  address.write(path, 2)
  const flags = MSG_DONTWAIT | MSG_NOSIGNAL
  return Number(cSendto()(fd, data, data.length, flags, address, address.length)) === data.length
}

const RWF_NOWAIT = 8
/** The offset that stands for the file's own position, which then moves on. */
const AT_POSITION = -1
const cPreadv2 = bind<
  (fd: number, iov: BigUint64Array, count: number, offset: number, flags: number) => Int
>('int64_t preadv2(int fd, const void *iov, int count, int64_t offset, int flags)')
/** struct iovec on 64-bit Linux: iov_base, iov_len. */
const iovec = new BigUint64Array(2)

/**
 * preadv2(2) with RWF_NOWAIT: reads what the system has in memory, at the file's position, and never
 * waits for a disk or a server. Undefined when that is nothing, for whatever reason; 0 is the end.
 */
export function readCached(fd: number, into: Uint8Array): number | undefined {
  try {
    iovec[0] = loadKoffi().address(into)
    iovec[1] = BigInt(into.length)
    const got = Number(cPreadv2()(fd, iovec, 1, AT_POSITION, RWF_NOWAIT))
    return got < 0 ? undefined : got
  } catch {
    // No koffi, or a C library older than glibc 2.26.
    return undefined
  }
}
