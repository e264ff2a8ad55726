// SPDX-License-Identifier: Apache-2.0
/** Keeps memory low: garbage is collected as it piles up, and what is kept to be used again is given back after a while of nothing to do. */

const IDLE_MS = 300
/** Collecting garbage takes milliseconds: not for a ping now and then. */
const WORTH_BYTES = 4 * 1024 * 1024

/** Text that comes or goes becomes garbage. Left alone it grows to a multiple, all of it memory touched for the first time. */
const GARBAGE_BYTES = 8 * 1024 * 1024

/**
 * With work that never pauses the heap grows by and by, and nothing of that is needed: a whole collection
 * now and then, which takes milliseconds, keeps it where it is.
 */
const BUSY_MS = 10_000
/** The same for little work that has come to rest, what the start has left first of all. */
const REST_MS = 60_000

export class Idle {
  readonly #releases: (() => void)[] = []
  /** Bytes that went through since memory was last given back. */
  #work = 0
  #workSeen = 0
  /** Bytes that went through since garbage was last collected. */
  #garbage = 0
  /** Bytes that went through since all garbage was. */
  #uncollected = 0
  #timer: NodeJS.Timeout | undefined
  /** When all garbage was last collected, by performance.now(). */
  #collectedAt = Number.NEGATIVE_INFINITY

  /** @param release lets go of what was only kept to be used again */
  whenIdle(release: () => void): void {
    this.#releases.push(release)
  }

  /** Notes that this many bytes came or went. */
  worked(bytes: number): void {
    this.#work += bytes
    this.#garbage += bytes
    this.#uncollected += bytes
    if (this.#garbage >= GARBAGE_BYTES) {
      this.#garbage = 0
      // Without waiting for the collector, which otherwise also gives back what is needed again at once.
      Bun.gc(false)
    }
    this.#timer ??= setTimeout(this.#look, IDLE_MS)
  }

  readonly #look = (): void => {
    if (this.#work !== this.#workSeen) {
      this.#workSeen = this.#work
      this.#timer = setTimeout(this.#look, IDLE_MS)
      const isLate = performance.now() - this.#collectedAt > BUSY_MS
      if (isLate && this.#uncollected >= WORTH_BYTES) this.#collect()
      return
    }
    this.#timer = undefined
    if (this.#work < WORTH_BYTES) {
      if (performance.now() - this.#collectedAt > REST_MS) this.#collect()
      return
    }
    this.#work = 0
    this.#workSeen = 0
    for (const release of this.#releases) release()
    this.#collect()
  }

  #collect(): void {
    Bun.gc(true)
    this.#collectedAt = performance.now()
    this.#uncollected = 0
  }
}
