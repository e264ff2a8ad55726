// SPDX-License-Identifier: Apache-2.0
/** Clients of a listening socket, one at a time, on Bun's own loop. */
import type { Socket } from 'bun'
import type { Peer, Session } from '../../src/agent/channel.ts'

/** Clients that may wait for the one that is served. Those beyond are let go unheard: only a flood gets that far. */
const WAITING_MAX = 256

/**
 * Listens until the process ends; throws what Bun does when it cannot.
 * @param isWelcome asked about the descriptor of each client; who is not is let go unheard
 */
export function serveClients(
  on: { unix: string } | { fd: number },
  session: Session,
  isWelcome: (fd: number) => boolean = () => true,
): void {
  const clients = new Clients(session)
  Bun.listen({
    // Bun's types do not know that it listens on what is listening already.
    ...(on as { unix: string }),
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        if (isWelcome(descriptorOf(socket))) clients.opened(socket)
        else socket.terminate()
      },
      data: (socket, bytes) => clients.received(socket, bytes),
      drain: (socket) => clients.writable(socket),
      end: (socket) => clients.ended(socket),
      close: (socket) => clients.closed(socket),
      // The close event follows, and says all there is to know.
      error: () => {},
    },
  })
}

/** Bun's types do not know of it. */
function descriptorOf(socket: Socket): number {
  return (socket as unknown as { readonly fd: number }).fd
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
