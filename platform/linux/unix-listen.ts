// SPDX-License-Identifier: Apache-2.0
/** `-m unix-listen`: a stream socket at a path, one client at a time. Runs on Bun's own loop; needs no koffi. */
import * as fs from 'node:fs'
import type { Socket } from 'bun'
import type { Peer, Session } from '../../src/agent/channel.ts'
import { attempt, errnoError, errorCode, systemError } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'

const EISDIR = 21
const EADDRINUSE = 98
/** What sun_path holds beside its NUL, which Bun insists on. */
const PATH_BYTES_MAX = 107
/** Clients that may wait for the one that is served. Those beyond are let go unheard: only a flood gets that far. */
const WAITING_MAX = 256

/**
 * Listens until the process ends.
 * @throws OsError in upstream's words; a socket that another process serves is left alone
 */
export async function listenUnix(path: string, session: Session): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new OsError(`UNIX socket path '${path}' is too long`, 'ENAMETOOLONG')
  }
  await removeStale(path)
  const clients = new Clients(session)
  try {
    Bun.listen({
      unix: path,
      allowHalfOpen: true,
      socket: {
        open: (socket) => clients.opened(socket),
        data: (socket, bytes) => clients.received(socket, bytes),
        drain: (socket) => clients.writable(socket),
        end: (socket) => clients.ended(socket),
        close: (socket) => clients.closed(socket),
        // The close event follows, and says all there is to know.
        error: () => {},
      },
    })
  } catch (error) {
    throw systemError(`Failed to bind socket to ${path}`, error)
  }
}

/** Serves clients one after the other; those behind wait unread, as in a backlog. */
class Clients {
  readonly #session: Session
  readonly #waiting: Socket[] = []
  #served: Socket | undefined
  /** The served client has gone, but what it asked for is not done yet. */
  #isGone = false

  constructor(session: Session) {
    this.#session = session
  }

  opened(socket: Socket): void {
    if (this.#served === undefined) this.#serve(socket)
    else if (this.#waiting.length < WAITING_MAX) {
      socket.pause()
      this.#waiting.push(socket)
    } else socket.terminate()
  }

  received(socket: Socket, bytes: Buffer): void {
    if (socket === this.#served) this.#session.received(bytes)
  }

  writable(socket: Socket): void {
    if (socket === this.#served) this.#session.writable()
  }

  ended(socket: Socket): void {
    if (socket === this.#served) this.#session.inputEnded()
  }

  closed(socket: Socket): void {
    if (socket === this.#served) {
      this.#isGone = true
      this.#session.disconnected()
    } else {
      const at = this.#waiting.indexOf(socket)
      if (at >= 0) this.#waiting.splice(at, 1)
    }
  }

  #serve(socket: Socket): void {
    this.#served = socket
    this.#isGone = false
    this.#session.connected(this.#peer(socket))
    socket.resume()
  }

  #peer(socket: Socket): Peer {
    return {
      write: (bytes) => socket.write(bytes),
      pause: () => {
        if (!this.#isGone) socket.pause()
      },
      resume: () => {
        if (!this.#isGone) socket.resume()
      },
      end: () => {
        this.#served = undefined
        if (!this.#isGone) socket.end()
        const next = this.#waiting.shift()
        if (next !== undefined) this.#serve(next)
      },
    }
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
