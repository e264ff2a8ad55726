// SPDX-License-Identifier: Apache-2.0
/**
 * The files that the agent keeps for itself: state, marker, pid file, log. Where others can write to the
 * directory they may have laid something in their place, which is neither followed, waited for nor used.
 */
import * as fs from 'node:fs'
import { errorCode, strerror } from './errno.ts'
import { OsError } from './errors.ts'

/** Not every system has them all. */
const {
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
  O_NOCTTY = 0,
} = fs.constants as Partial<typeof fs.constants>

/** An error's text, given what was wrong. */
type Says = (reason: string) => string

/**
 * Opens a regular file that is the agent's or root's, and has no other name.
 * @throws OsError
 */
export function openOwn(says: Says, path: string, flags: number, mode?: number): number {
  const fd = opened(says, () => openQuietly(path, flags | O_NOFOLLOW, mode))
  const stat = fs.fstatSync(fd)
  const reason = stat.isFile() ? notOurs(stat) : noFile(stat)
  return reason === undefined ? fd : refuse(says, fd, reason)
}

/**
 * The same for a log, which may also be a terminal, a pipe with a reader, or a link that only the
 * administrator can have made.
 * @param foreignPart tells what others could change on the way to a file
 */
export function openOwnLog(
  says: Says,
  path: string,
  mode: number,
  foreignPart: (path: string) => string | undefined,
): number {
  const flags = fs.constants.O_APPEND | fs.constants.O_CREAT | fs.constants.O_WRONLY
  const fd = opened(says, () => {
    try {
      return openQuietly(path, flags | O_NOFOLLOW, mode)
    } catch (error) {
      if (errorCode(error) !== 'ELOOP' || foreignPart(path) !== undefined) throw error
      return openQuietly(path, flags, mode)
    }
  })
  const stat = fs.fstatSync(fd)
  const reason = stat.isFile() || stat.isFIFO() ? notOurs(stat) : undefined
  if (reason !== undefined) return refuse(says, fd, reason)
  if (!stat.isCharacterDevice()) return fd
  // A slow terminal gets all that is written to it.
  fs.closeSync(fd)
  return opened(says, () => fs.openSync(path, flags | O_NOCTTY, mode))
}

function opened(says: Says, open: () => number): number {
  try {
    return open()
  } catch (error) {
    const code = errorCode(error)
    throw code === undefined ? error : new OsError(says(strerror(code)), code, error)
  }
}

/** Nobody is waited for at the other end of a FIFO. */
function openQuietly(path: string, flags: number, mode?: number): number {
  return fs.openSync(path, flags | O_NONBLOCK | O_NOCTTY, mode)
}

function refuse(says: Says, fd: number, reason: string): never {
  fs.closeSync(fd)
  throw new OsError(says(reason), 'EACCES')
}

function noFile(stat: fs.Stats): string {
  return stat.isDirectory() ? strerror('EISDIR') : 'Not a regular file'
}

function notOurs(stat: fs.Stats): string | undefined {
  const own = process.geteuid?.()
  if (own !== undefined && stat.uid !== 0 && stat.uid !== own) return 'It belongs to another user'
  return stat.nlink > 1 ? `It has ${stat.nlink} names` : undefined
}
