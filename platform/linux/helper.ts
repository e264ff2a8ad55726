// SPDX-License-Identifier: Apache-2.0
/**
 * Our executable once more, as a process that may be kept waiting or killed where the agent may not.
 * It is told what to do on a socket, a line of JSON each way, and ends when the socket does.
 */
import { OsError } from '../../src/errors.ts'

/** The running program's file, also when its path has been replaced by an upgrade. */
const SELF = '/proc/self/exe'

/** What a helper answers to an order. */
export type Answer<T> = { readonly done: T } | { readonly failed: string; readonly code: string }

interface Asked {
  resolve(answer: Answer<unknown>): void
  reject(error: unknown): void
}

export class Helper {
  readonly pid: number
  /** Resolves when the process has gone. */
  readonly gone: Promise<void>
  /** Takes what the helper says without having been asked. */
  onTold: (message: unknown) => void = () => {}
  readonly #name: string
  readonly #child: Bun.Subprocess
  #socket: Bun.Socket | undefined
  #isGone = false
  #asked: Asked | undefined
  #unsent = Buffer.alloc(0)
  #received = ''

  private constructor(name: string, mode: string) {
    this.#name = name
    this.#child = Bun.spawn([SELF, mode], {
      // It has to outlive a signal to the agent's group.
      detached: true,
      env: process.env,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    this.#child.unref()
    this.pid = this.#child.pid
    this.gone = this.#child.exited.then(() => this.#hasGone())
  }

  /**
   * @param name for messages
   * @param mode the hidden first argument by which the executable knows what it is
   */
  static async start(name: string, mode: string): Promise<Helper> {
    const helper = new Helper(name, mode)
    const fd = helper.#child.stdio[3] as unknown as number
    const socket: Bun.SocketHandler = {
      data: (_, bytes) => helper.#take(bytes.latin1Slice()),
      drain: () => helper.#send(),
      close: () => helper.#hasGone(),
    }
    // Bun takes a socket that is connected already; its types do not know.
    helper.#socket = await Bun.connect({ fd, socket } as unknown as Bun.UnixSocketOptions)
    return helper
  }

  get isGone(): boolean {
    return this.#isGone
  }

  /**
   * Gives an order and waits for what comes of it.
   * @param limitMs how long; 0 for ever
   * @throws OsError what the helper says, or that it has gone, or ETIME that it takes too long
   */
  async ask<T>(order: object, limitMs = 0): Promise<T> {
    if (this.#isGone) throw this.#lost()
    const { promise, resolve, reject } = Promise.withResolvers<Answer<unknown>>()
    this.#asked = { resolve, reject }
    this.tell(order)
    const timer =
      limitMs > 0 ? setTimeout(() => reject(this.#tooSlow(limitMs)), limitMs) : undefined
    try {
      const answer = (await promise) as Answer<T>
      if ('done' in answer) return answer.done
      throw new OsError(answer.failed, answer.code)
    } finally {
      clearTimeout(timer)
      this.#asked = undefined
    }
  }

  /** Gives an order that has no answer. */
  tell(order: object): void {
    this.#unsent = Buffer.concat([this.#unsent, Buffer.from(`${JSON.stringify(order)}\n`)])
    this.#send()
  }

  /** Lets it go when it has nothing more to do. */
  end(): void {
    this.#socket?.end()
  }

  /** It counts as gone at once, although the kernel may hold it for a while. */
  kill(): void {
    this.#child.kill('SIGKILL')
    this.#hasGone()
  }

  #send(): void {
    const taken = this.#socket?.write(this.#unsent) ?? 0
    this.#unsent = this.#unsent.subarray(Math.max(0, taken))
  }

  #take(text: string): void {
    const lines = `${this.#received}${text}`.split('\n')
    this.#received = lines.pop() as string
    for (const line of lines) {
      const message = JSON.parse(Buffer.from(line, 'latin1').toString()) as object
      const isAnswer = 'done' in message || 'failed' in message
      if (!isAnswer) this.onTold(message)
      else this.#asked?.resolve(message as Answer<unknown>)
    }
  }

  #hasGone(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#asked?.reject(this.#lost())
  }

  #lost(): OsError {
    return new OsError(`Cannot go on: the ${this.#name} process has gone`, 'EPIPE')
  }

  #tooSlow(limitMs: number): OsError {
    const message = `Cannot wait for the ${this.#name} process: no answer within ${limitMs / 1000} s`
    return new OsError(message, 'ETIME')
  }
}
