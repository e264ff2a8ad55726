// SPDX-License-Identifier: Apache-2.0
/**
 * Calls that a device or a file system can keep waiting for ever, made on the work pool. One that
 * does not come back keeps its thread; the agent neither waits for it nor asks the same again.
 */

/** A quarter of the work pool; as much may be lost to files (stalls.ts), and half of it never is. */
const SLOTS = 4

export class Patience {
  readonly #limitMs: number
  readonly #slots: number
  /** What has been asked and has not come back; true when nobody waits for it any more. */
  readonly #asked = new Map<string, boolean>()
  /** Those that want a slot; told whether there is one. */
  readonly #waiting: ((mayAsk: boolean) => void)[] = []
  #overdue = 0

  /**
   * @param limitMs how long an answer is waited for
   * @param slots how many calls may be under way, and so how many threads can get lost
   */
  constructor(limitMs: number, slots = SLOTS) {
    this.#limitMs = limitMs
    this.#slots = slots
  }

  /**
   * @param key names what is asked; while one call about it is out there is no other
   * @returns undefined when the call failed, took too long, or could not be made
   */
  async ask<T>(key: string, call: () => Promise<T>): Promise<T | undefined> {
    if (this.#asked.has(key)) return undefined
    if (this.#asked.size >= this.#slots && !(await this.#slot())) return undefined
    return this.#answer(key, call)
  }

  #slot(): Promise<boolean> {
    if (this.#isStuck) return Promise.resolve(false)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Every slot is lost, for now. */
  get #isStuck(): boolean {
    return this.#overdue >= this.#slots
  }

  #answer<T>(key: string, call: () => Promise<T>): Promise<T | undefined> {
    this.#asked.set(key, false)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(undefined)
        this.#giveUp(key)
      }, this.#limitMs)
      call().then(
        (answer) => {
          clearTimeout(timer)
          resolve(answer)
          this.#return(key)
        },
        () => {
          clearTimeout(timer)
          resolve(undefined)
          this.#return(key)
        },
      )
    })
  }

  #giveUp(key: string): void {
    this.#asked.set(key, true)
    this.#overdue++
    if (this.#isStuck) for (const wanting of this.#waiting.splice(0)) wanting(false)
  }

  #return(key: string): void {
    if (this.#asked.get(key)) this.#overdue--
    this.#asked.delete(key)
    this.#waiting.shift()?.(true)
  }
}
