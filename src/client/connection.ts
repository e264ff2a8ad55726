// SPDX-License-Identifier: Apache-2.0
/** A stream to an agent, as the sequence of values it sends. */
import type { Socket } from 'bun'
import { type Incoming, Reader } from '../wire/reader.ts'

/** The agent cannot be reached, has gone, or does not answer in time. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** When an answer has to be there, on performance.now()'s clock. */
export interface Deadline {
  readonly at: number
  readonly timeoutMs: number
}

/** @param timeoutMs 0 waits for ever */
export function deadlineIn(timeoutMs: number): Deadline {
  return {
    at: timeoutMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs,
    timeoutMs,
  }
}

/** A reply of a full guest-file-read is larger than any request. */
const REPLY_BYTES_MAX = 128 * 1024 * 1024

export class Connection {
  readonly #path: string
  readonly #reader: Reader
  readonly #values: Incoming[] = []
  #socket: Socket | undefined
  #unsent: Uint8Array = new Uint8Array(0)
  #isClosed = false
  #wake: (() => void) | undefined

  private constructor(path: string, encodedResults: ReadonlySet<string>) {
    this.#path = path
    this.#reader = new Reader({
      encoded: { parent: 'return', names: encodedResults },
      tokenBytesMax: REPLY_BYTES_MAX,
    })
  }

  /**
   * @param path of the unix socket
   * @param encodedResults members of results that carry base64
   * @throws ConnectionLost
   */
  static async open(path: string, encodedResults: ReadonlySet<string>): Promise<Connection> {
    const connection = new Connection(path, encodedResults)
    try {
      connection.#socket = await Bun.connect({
        unix: path,
        socket: {
          data: (_, bytes) => connection.#received(bytes),
          drain: () => connection.#flush(),
          close: () => connection.#closed(),
        },
      })
    } catch (error) {
      throw new ConnectionLost(`Cannot connect to "${path}": ${reason(error)}`, { cause: error })
    }
    return connection
  }

  send(bytes: Uint8Array): void {
    this.#unsent = this.#unsent.length === 0 ? bytes : Buffer.concat([this.#unsent, bytes])
    this.#flush()
  }

  /**
   * The next value that the agent sends.
   * @throws ConnectionLost
   */
  async receive(deadline: Deadline): Promise<Incoming> {
    for (;;) {
      if (this.#values.length > 0) return this.#values.shift() as Incoming
      if (this.#isClosed) throw new ConnectionLost(`The agent at "${this.#path}" has gone`)
      const leftMs = deadline.at - performance.now()
      if (leftMs <= 0) {
        const seconds = deadline.timeoutMs / 1000
        throw new ConnectionLost(`No answer from "${this.#path}" within ${seconds} s`)
      }
      await this.#change(leftMs)
    }
  }

  close(): void {
    this.#socket?.end()
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(timeoutMs) ? setTimeout(resolve, timeoutMs) : undefined
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #received(bytes: Buffer): void {
    this.#reader.push(bytes)
    for (;;) {
      const value = this.#reader.next()
      if (value === undefined) break
      this.#values.push(value)
    }
    this.#wake?.()
  }

  #flush(): void {
    if (this.#unsent.length === 0) return
    const taken = this.#socket?.write(this.#unsent) ?? 0
    this.#unsent = this.#unsent.subarray(Math.max(0, taken))
  }

  #closed(): void {
    this.#isClosed = true
    this.#wake?.()
  }
}

const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'no such file or directory',
  ECONNREFUSED: 'no agent listens there',
  EACCES: 'permission denied',
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? code
}
