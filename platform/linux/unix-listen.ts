// SPDX-License-Identifier: Apache-2.0
/** `-m unix-listen`: a stream socket at a path, one client at a time. Runs on Bun's own loop; needs no koffi. */
import * as fs from 'node:fs'
import type { Session } from '../../src/agent/channel.ts'
import { attempt, errnoError, errorCode, systemError } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'
import { serveClients } from './clients.ts'

const EISDIR = 21
const EADDRINUSE = 98
const WRITABLE_BY_OTHERS = 0o002
/** What sun_path holds beside its NUL, which Bun insists on. */
const PATH_BYTES_MAX = 107

/**
 * Listens until the process ends.
 * @throws OsError in upstream's words; a socket that another process serves is left alone
 */
export async function listenUnix(path: string, session: Session): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new OsError(`UNIX socket path '${path}' is too long`, 'ENAMETOOLONG')
  }
  await removeStale(path)
  // Whoever may write to the socket is root here: an open umask must not let everybody.
  const before = process.umask()
  process.umask(before | WRITABLE_BY_OTHERS)
  try {
    serveClients({ unix: path }, session)
  } catch (error) {
    throw systemError(`Failed to bind socket to ${path}`, error)
  } finally {
    process.umask(before)
  }
}

/** Removes a socket that nobody serves; anything else at the path is somebody's. */
async function removeStale(path: string): Promise<void> {
  const action = `Failed to unlink socket ${path}`
  const stat = attempt(action, () => fs.lstatSync(path, { throwIfNoEntry: false }))
  if (stat === undefined) return
  if (stat.isDirectory()) throw errnoError(action, EISDIR)
  if (!stat.isSocket() || (await isServed(path))) {
    throw errnoError(`Failed to bind socket to ${path}`, EADDRINUSE)
  }
  attempt(action, () => fs.unlinkSync(path))
}

/** Whether a process listens there: only a refused connection says that none does. */
async function isServed(path: string): Promise<boolean> {
  try {
    const probe = await Bun.connect({ unix: path, socket: { data() {} } })
    probe.terminate()
    return true
  } catch (error) {
    return errorCode(error) !== 'ECONNREFUSED'
  }
}
