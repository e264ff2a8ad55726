// SPDX-License-Identifier: Apache-2.0
/** Character devices that must not keep anybody waiting: Bun's own calls throw where these return. */
import * as fs from 'node:fs'
import { attempt } from '../src/errno.ts'
import { loadKoffi } from './koffi.ts'
import { bind } from './libc.ts'

const { O_RDWR, O_NONBLOCK, O_NOCTTY } = fs.constants
const O_CLOEXEC = 0o2000000
const EINTR = 4

type Transfer = (fd: number, bytes: Uint8Array, count: number) => number | bigint
const cRead = bind<Transfer>('int64_t read(int fd, void *bytes, size_t count)')
const cWrite = bind<Transfer>('int64_t write(int fd, const void *bytes, size_t count)')

/** @throws OsError `action: strerror` */
export function openDevice(action: string, path: string): number {
  return attempt(action, () => fs.openSync(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC))
}

/** read(2) of what is there; the count, or an errno as a negative number. */
export function readNow(fd: number, into: Uint8Array): number {
  return transfer(cRead(), fd, into)
}

/** write(2) of what fits; the count, or an errno as a negative number. */
export function writeNow(fd: number, bytes: Uint8Array): number {
  return transfer(cWrite(), fd, bytes)
}

function transfer(call: Transfer, fd: number, bytes: Uint8Array): number {
  for (;;) {
    const count = Number(call(fd, bytes, bytes.length))
    if (count >= 0) return count
    const errno = loadKoffi().errno()
    if (errno !== EINTR) return -errno
  }
}
