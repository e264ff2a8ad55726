// SPDX-License-Identifier: Apache-2.0
/** Gives memory back when there has been nothing to do for a while; costs nothing while there is, and nothing after. */

const IDLE_MS = 300
/** Collecting garbage takes milliseconds: not for a ping now and then. */
const WORTH_BYTES = 4 * 1024 * 1024

export class Idle {
  readonly #releases: (() => void)[] = []
  /** Bytes that went through since memory was last given back. */
  #work = 0
  #workSeen = 0
  #timer: NodeJS.Timeout | undefined

  /** @param release lets go of what was only kept to be used again */
  whenIdle(release: () => void): void {
    this.#releases.push(release)
  }

  /** Notes that this many bytes came or went. */
  worked(bytes: number): void {
    this.#work += bytes
    this.#timer ??= setTimeout(this.#look, IDLE_MS)
  }

  readonly #look = (): void => {
    if (this.#work !== this.#workSeen) {
      this.#workSeen = this.#work
      this.#timer = setTimeout(this.#look, IDLE_MS)
      return
    }
    this.#timer = undefined
    if (this.#work < WORTH_BYTES) return
    this.#work = 0
    this.#workSeen = 0
    for (const release of this.#releases) release()
    Bun.gc(true)
  }
}
