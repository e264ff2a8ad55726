// SPDX-License-Identifier: Apache-2.0
/** The C library, for a client that blocks: an event loop would add its own time to every answer. */
import { dlopen, FFIType } from 'bun:ffi'

/** Numbers, as long as they fit. */
const [U64, I64] = [FFIType.u64_fast, FFIType.i64_fast] as const
const SOCKET = { args: ['i32', 'i32', 'i32'], returns: 'i32' } as const
const TRANSFER = { args: ['i32', 'ptr', U64, 'i32'], returns: I64 } as const

/** socket(2), connect(2), setsockopt(2), send(2), recv(2), poll(2), close(2), posix_fadvise(2), usleep(3) */
export const { symbols: libc } = dlopen('libc.so.6', {
  socket: SOCKET,
  connect: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  send: TRANSFER,
  recv: TRANSFER,
  poll: { args: ['ptr', U64, 'i32'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  posix_fadvise: { args: ['i32', I64, I64, 'i32'], returns: 'i32' },
  usleep: { args: ['u32'], returns: 'i32' },
})

export const [AF_UNIX, SOCK_STREAM, SOCK_CLOEXEC] = [1, 1, 0x80000]
export const [SOL_SOCKET, SO_RCVTIMEO, SO_SNDTIMEO] = [1, 20, 21]
export const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000]
export const [POLLIN, POLLOUT] = [1, 4]
export const POSIX_FADV_DONTNEED = 4
