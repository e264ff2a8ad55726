// SPDX-License-Identifier: Apache-2.0
/** Bytes in, lines out: knows nothing of JSON. Text stands for bytes, one character each (latin1). */
import { createConnection, type Socket } from 'node:net'

const DEADLINE_MS = 20_000

export class RawClient {
  readonly #socket: Socket
  readonly #lines: string[] = []
  #pieces: Buffer[] = []
  #hasEnded = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', () => this.#end())
    socket.on('close', () => this.#end())
  }

  /** @param to the path of a unix socket, or a TCP port of this machine */
  static connect(to: string | number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(typeof to === 'string' ? { path: to } : { port: to })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new RawClient(socket))
      })
    })
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Reads no more: what comes waits on its way, up to what the system keeps. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** What came after the last newline. */
  get unfinished(): string {
    return Buffer.concat(this.#pieces).toString('latin1')
  }

  /** Whether the agent closed the connection. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The next line, without its newline. */
  async line(deadlineMs = DEADLINE_MS): Promise<string> {
    const deadline = performance.now() + deadlineMs
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) return line
      const leftMs = deadline - performance.now()
      if (this.#hasEnded || leftMs <= 0) {
        const state = this.#hasEnded ? 'the connection has ended' : 'the deadline has passed'
        throw new Error(`Cannot read a line: ${state}; unfinished: "${this.unfinished}"`)
      }
      await this.#changed(leftMs)
    }
  }

  /** The lines before the one that `isLast` picks, which goes too. */
  async linesBefore(
    isLast: (line: string) => boolean,
    deadlineMs = DEADLINE_MS,
  ): Promise<readonly string[]> {
    const deadline = performance.now() + deadlineMs
    const lines: string[] = []
    for (;;) {
      let line: string
      try {
        line = await this.line(deadline - performance.now())
      } catch (cause) {
        const before = lines.map((text) => text.slice(0, 500)).join('\n')
        throw new Error(`Cannot read on after ${lines.length} lines:\n${before}`, { cause })
      }
      if (isLast(line)) return lines
      lines.push(line)
    }
  }

  /** Sends all that is left, closes, and waits until the system has let go. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve()
      this.#socket.once('close', () => resolve())
      this.#socket.end(() => this.#socket.destroy())
    })
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    let start = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      this.#pieces.push(bytes.subarray(start, end))
      this.#lines.push(this.unfinished)
      this.#pieces = []
      start = end + 1
    }
    if (start < bytes.length) this.#pieces.push(bytes.subarray(start))
    this.#wake()
  }

  #end(): void {
    this.#hasEnded = true
    this.#wake()
  }

  #changed(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
