// SPDX-License-Identifier: Apache-2.0
/** Listening sockets that Bun cannot make or know: vsock(7), and those of whoever started us. */
import * as fs from 'node:fs'
import { errnoError } from '../src/errno.ts'
import { loadKoffi } from './koffi.ts'
import { bind, must } from './libc.ts'

export const AF_UNIX = 1
export const AF_VSOCK = 40
const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const F_SETFD = 2
const FD_CLOEXEC = 1
/** struct sockaddr_vm: family, port and context id. */
export const SOCKADDR_VM = { bytes: 16, port: 4, cid: 8 } as const

const cSocket = bind<(family: number, type: number, protocol: number) => number>(
  'int socket(int family, int type, int protocol)',
)
const cBind = bind<(fd: number, address: Buffer, bytes: number) => number>(
  'int bind(int fd, const void *address, uint32 bytes)',
)
const cListen = bind<(fd: number, backlog: number) => number>('int listen(int fd, int backlog)')
const cGetsockname = bind<(fd: number, address: Buffer, bytes: Buffer) => number>(
  'int getsockname(int fd, void *address, void *bytes)',
)
const cFcntl = bind<(fd: number, command: number, argument: number) => number>(
  'int fcntl(int fd, int command, long argument)',
)

/** @throws OsError in upstream's words */
export function listenVsock(cid: number, port: number): number {
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
  const fd = cSocket()(AF_VSOCK, type, 0)
  if (fd < 0) throw errnoError('Failed to create socket', loadKoffi().errno())
  const address = Buffer.alloc(SOCKADDR_VM.bytes)
  address.writeUInt16LE(AF_VSOCK)
  address.writeUInt32LE(port, SOCKADDR_VM.port)
  address.writeUInt32LE(cid, SOCKADDR_VM.cid)
  const failed = (action: string) => {
    const error = errnoError(action, loadKoffi().errno())
    fs.closeSync(fd)
    return error
  }
  if (cBind()(fd, address, address.length) < 0) throw failed('Failed to bind socket')
  if (cListen()(fd, 1) < 0) throw failed('Failed to listen on socket')
  return fd
}

/** getsockname(2): the family of a socket; undefined for what is none. */
export function familyOf(fd: number): number | undefined {
  const address = Buffer.alloc(128)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(address.length)
  return cGetsockname()(fd, address, bytes) < 0 ? undefined : address.readUInt16LE()
}

const cGetpeername = bind<(fd: number, address: Buffer, bytes: Buffer) => number>(
  'int getpeername(int fd, void *address, void *bytes)',
)

/** getsockname(2): the context id that a vsock socket listens on; undefined when it cannot be told. */
export function ownCid(fd: number): number | undefined {
  return cidBy(cGetsockname(), fd)
}

/** getpeername(2): the context id of the other end, which the kernel vouches for; undefined when it has gone. */
export function peerCid(fd: number): number | undefined {
  return cidBy(cGetpeername(), fd)
}

function cidBy(ask: ReturnType<typeof cGetsockname>, fd: number): number | undefined {
  const address = Buffer.alloc(SOCKADDR_VM.bytes)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(address.length)
  const isTold = ask(fd, address, bytes) >= 0 && address.readUInt16LE() === AF_VSOCK
  return isTold ? address.readUInt32LE(SOCKADDR_VM.cid) : undefined
}

/** fcntl(2) F_SETFD: programs that are started do not get it. */
export function closeOnExec(fd: number): void {
  must('fcntl', cFcntl()(fd, F_SETFD, FD_CLOEXEC))
}
