// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import {
  alternate,
  args,
  bool,
  bytes,
  empty,
  encoded,
  enumeration,
  int,
  optional,
  str,
  struct,
} from './qapi.ts'

/** The answer is a handle for the other file commands. */
export const guestFileOpen = command({
  name: 'guest-file-open',
  since: '0.15.0',
  args: () => args({ path: str, mode: optional(str) }),
  returns: () => int,
  audited: true,
  ruled: { argument: 'path', as: 'file' },
  limit: 'file',
  undoneBy: { command: 'guest-file-close', argument: 'handle' },
})

export const guestFileClose = command({
  name: 'guest-file-close',
  since: '0.15.0',
  args: () => args({ handle: int }),
  returns: () => empty,
  holdsNamed: 'handle',
  limit: 'file',
})

/** `count` in bytes, 4096 when absent. */
export const guestFileRead = command({
  name: 'guest-file-read',
  since: '0.15.0',
  args: () => args({ handle: int, count: optional(int) }),
  returns: () => struct({ count: int, 'buf-b64': bytes, eof: bool }),
  secret: ['buf-b64'],
  holdsNamed: 'handle',
  limit: 'file',
})

/** `count` in bytes, all of `buf-b64` when absent. */
export const guestFileWrite = command({
  name: 'guest-file-write',
  since: '0.15.0',
  args: () => args({ handle: int, 'buf-b64': encoded, count: optional(int) }),
  returns: () => struct({ count: int, eof: bool }),
  audited: true,
  encoded: ['buf-b64'],
  secret: ['buf-b64'],
  holdsNamed: 'handle',
  limit: 'file',
})

/** Integers are the values of SEEK_SET, SEEK_CUR and SEEK_END. */
const whence = () =>
  alternate('GuestFileWhence', [int, enumeration('QGASeek', ['set', 'cur', 'end'])])

export const guestFileSeek = command({
  name: 'guest-file-seek',
  since: '0.15.0',
  args: () => args({ handle: int, offset: int, whence: whence() }),
  returns: () => struct({ position: int, eof: bool }),
  holdsNamed: 'handle',
  limit: 'file',
})

export const guestFileFlush = command({
  name: 'guest-file-flush',
  since: '0.15.0',
  args: () => args({ handle: int }),
  returns: () => empty,
  holdsNamed: 'handle',
  limit: 'file',
})
