// SPDX-License-Identifier: Apache-2.0
/** Random choices that come out the same for the same seed. */

/** A linear congruential generator: numbers from 0 up to `end`, not included. */
export function createRandom(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
}

export class Random {
  /** A number from 0 up to `end`, not included. */
  readonly below: (end: number) => number

  constructor(seed: number) {
    this.below = createRandom(seed)
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  many<T>(end: number, make: () => T): T[] {
    return Array.from({ length: this.below(end) }, make)
  }

  bytes(end: number): Buffer {
    return Buffer.from(this.many(end, () => this.below(256)))
  }

  shuffled<T>(items: readonly T[]): T[] {
    const shuffled: T[] = []
    for (const item of items) shuffled.splice(this.below(shuffled.length + 1), 0, item)
    return shuffled
  }
}

/** The seed of a run: that of the environment, else a new one, which the test names. */
export const SEED = Number(process.env['QGA_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
