// SPDX-License-Identifier: Apache-2.0
/** The helper's end of the socket that platform/linux/helper.ts gave it. Blocks: a helper has nothing else to do. */
import * as fs from 'node:fs'
import { waitReadable } from '../../native/wait.ts'
import { AgentError, OsError } from '../../src/errors.ts'

const PORT_FD = 3
const NEWLINE = 0x0a

export class HelperPort {
  readonly #buffer = Buffer.alloc(64 * 1024)
  #received = Buffer.alloc(0)
  #isClosed = false

  /** The agent has closed its end, or has gone. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * The next order.
   * @param limitMs how long to wait for one; -1 for ever
   * @returns undefined when none came in that time, or none can come any more
   */
  receive(limitMs: number): unknown {
    for (;;) {
      const end = this.#received.indexOf(NEWLINE)
      if (end >= 0) {
        const line = this.#received.toString('utf8', 0, end)
        this.#received = this.#received.subarray(end + 1)
        return JSON.parse(line)
      }
      if (this.#isClosed || !waitReadable(PORT_FD, limitMs)) return undefined
      this.#read()
    }
  }

  /** Does what an order asks for and says what came of it. */
  answer(action: () => unknown): void {
    try {
      this.tell({ done: action() ?? null })
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
      this.tell({ failed: error.message, code: error instanceof OsError ? error.code : 'EINVAL' })
    }
  }

  /** The same when it takes its time. */
  async answerLater(pending: Promise<unknown>): Promise<void> {
    const result = await pending
    this.answer(() => result)
  }

  /** Says something to the agent, if it is still there to hear it. */
  tell(message: object): void {
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
    try {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(PORT_FD, bytes, at)
    } catch {
      this.#isClosed = true
    }
  }

  #read(): void {
    try {
      const count = fs.readSync(PORT_FD, this.#buffer)
      if (count === 0) this.#isClosed = true
      this.#received = Buffer.concat([this.#received, this.#buffer.subarray(0, count)])
    } catch {
      this.#isClosed = true
    }
  }
}
