// SPDX-License-Identifier: Apache-2.0
/** errno numbers and codes → the words of strerror(3) in the C locale, which is what upstream sends. */
import { OsError } from './errors.ts'

/** Code → number and text, as on Linux x86-64 and arm64. */
const ERRNO = {
  EPERM: [1, 'Operation not permitted'],
  ENOENT: [2, 'No such file or directory'],
  ESRCH: [3, 'No such process'],
  EINTR: [4, 'Interrupted system call'],
  EIO: [5, 'Input/output error'],
  ENXIO: [6, 'No such device or address'],
  E2BIG: [7, 'Argument list too long'],
  ENOEXEC: [8, 'Exec format error'],
  EBADF: [9, 'Bad file descriptor'],
  ECHILD: [10, 'No child processes'],
  EAGAIN: [11, 'Resource temporarily unavailable'],
  ENOMEM: [12, 'Cannot allocate memory'],
  EACCES: [13, 'Permission denied'],
  EFAULT: [14, 'Bad address'],
  ENOTBLK: [15, 'Block device required'],
  EBUSY: [16, 'Device or resource busy'],
  EEXIST: [17, 'File exists'],
  EXDEV: [18, 'Invalid cross-device link'],
  ENODEV: [19, 'No such device'],
  ENOTDIR: [20, 'Not a directory'],
  EISDIR: [21, 'Is a directory'],
  EINVAL: [22, 'Invalid argument'],
  ENFILE: [23, 'Too many open files in system'],
  EMFILE: [24, 'Too many open files'],
  ENOTTY: [25, 'Inappropriate ioctl for device'],
  ETXTBSY: [26, 'Text file busy'],
  EFBIG: [27, 'File too large'],
  ENOSPC: [28, 'No space left on device'],
  ESPIPE: [29, 'Illegal seek'],
  EROFS: [30, 'Read-only file system'],
  EMLINK: [31, 'Too many links'],
  EPIPE: [32, 'Broken pipe'],
  ERANGE: [34, 'Numerical result out of range'],
  EDEADLK: [35, 'Resource deadlock avoided'],
  ENAMETOOLONG: [36, 'File name too long'],
  ENOLCK: [37, 'No locks available'],
  ENOSYS: [38, 'Function not implemented'],
  ENOTEMPTY: [39, 'Directory not empty'],
  ELOOP: [40, 'Too many levels of symbolic links'],
  ENODATA: [61, 'No data available'],
  EPROTO: [71, 'Protocol error'],
  EOVERFLOW: [75, 'Value too large for defined data type'],
  EILSEQ: [84, 'Invalid or incomplete multibyte or wide character'],
  EADDRINUSE: [98, 'Address already in use'],
  EADDRNOTAVAIL: [99, 'Cannot assign requested address'],
  ENETDOWN: [100, 'Network is down'],
  ENOBUFS: [105, 'No buffer space available'],
  ENOTCONN: [107, 'Transport endpoint is not connected'],
  ETIMEDOUT: [110, 'Connection timed out'],
  ECONNREFUSED: [111, 'Connection refused'],
  EALREADY: [114, 'Operation already in progress'],
  EINPROGRESS: [115, 'Operation now in progress'],
  ESTALE: [116, 'Stale file handle'],
  EDQUOT: [122, 'Disk quota exceeded'],
  ENOMEDIUM: [123, 'No medium found'],
  EMEDIUMTYPE: [124, 'Wrong medium type'],
  EOPNOTSUPP: [95, 'Operation not supported'],
} as const satisfies Record<string, readonly [number, string]>

type ErrnoCode = keyof typeof ERRNO

const CODES = new Map<number, string>()
for (const [code, [number]] of Object.entries(ERRNO)) CODES.set(number, code)

/** `action: strerror text` for an errno as a C call left it. */
export function errnoError(action: string, errno: number): OsError {
  const code = CODES.get(errno) ?? `E${errno}`
  return new OsError(`${action}: ${strerror(code)}`, code)
}

/** `action: strerror text` for what a node:fs call threw; what carries no code is a bug and comes back as it is. */
export function systemError(action: string, cause: unknown): unknown {
  const code = errorCode(cause)
  return code === undefined ? cause : new OsError(`${action}: ${strerror(code)}`, code, cause)
}

/** What `call` returns; what it throws as `systemError` words it. */
export function attempt<T>(action: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw systemError(action, error)
  }
}

/** The `ENOENT` of an error that a system call gave; Node's own `ERR_…` are no such codes. */
export function errorCode(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

/** The number behind `errorCode`; 0 for an error that has none. */
export function errorNumber(cause: unknown): number {
  const code = errorCode(cause) ?? ''
  return Object.hasOwn(ERRNO, code) ? ERRNO[code as ErrnoCode][0] : Number(code.slice(1)) || 0
}

/** strerror(3), by code. */
export function strerror(code: string): string {
  return Object.hasOwn(ERRNO, code) ? ERRNO[code as ErrnoCode][1] : `Unknown error ${code.slice(1)}`
}
