// SPDX-License-Identifier: Apache-2.0
/** Load averages, which Windows does not keep: made from samples of the queue that waits for a processor. */
import { openCounter } from '../../native/pdh.ts'

const COUNTER = '\\System\\Processor Queue Length'
const SAMPLE_MS = 5000

/** What is left of an average after a sample: e^(-5/60), e^(-5/300), e^(-5/900), as upstream has them. */
const KEPT = [
  0.9200444146293232, //
  0.9834714538216175, //
  0.9944598480048967,
] as const

/** A timer and a counter; tests bring their own. */
export const SAMPLING = {
  openCounter,
  every: (milliseconds: number, step: () => void) => {
    setInterval(step, milliseconds).unref()
  },
}

export class LoadAverage {
  readonly #sampling: typeof SAMPLING
  #averages: [number, number, number] = [0, 0, 0]
  #started: Promise<void> | undefined
  #isSampling = false

  constructor(sampling = SAMPLING) {
    this.#sampling = sampling
  }

  /**
   * Over 1, 5 and 15 minutes. The first question begins the sampling: before, there is nothing to answer but zeros.
   * @throws OsError when the counter cannot be had; the next question tries again
   */
  async read(): Promise<readonly [number, number, number]> {
    this.#started ??= this.#start()
    try {
      await this.#started
    } catch (error) {
      this.#started = undefined
      throw error
    }
    return this.#averages
  }

  async #start(): Promise<void> {
    const counter = await this.#sampling.openCounter(COUNTER)
    this.#sampling.every(SAMPLE_MS, async () => {
      if (this.#isSampling) return
      this.#isSampling = true
      const value = await counter.sample().finally(() => {
        this.#isSampling = false
      })
      if (value !== undefined) this.#add(value)
    })
  }

  #add(value: number): void {
    const [one, five, fifteen] = this.#averages
    this.#averages = [
      one * KEPT[0] + value * (1 - KEPT[0]),
      five * KEPT[1] + value * (1 - KEPT[1]),
      fifteen * KEPT[2] + value * (1 - KEPT[2]),
    ]
  }
}
