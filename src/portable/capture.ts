// SPDX-License-Identifier: Apache-2.0
/** The kept part of one output stream. */

const SMALLEST = 4096
/** Memory beyond the output is never touched and costs nothing; each step copies what there is. */
const GROWTH = 16

/** The bytes that all captures together may still keep. */
export interface CaptureBudget {
  left: number
}

export interface Captured {
  readonly bytes: Uint8Array
  readonly isTruncated: boolean
}

export class Capture {
  readonly #budget: CaptureBudget
  readonly #max: number
  #buffer: Uint8Array = new Uint8Array(0)
  #length = 0
  #isTruncated = false

  /** @param max bytes of this stream; what comes beyond is read and dropped */
  constructor(budget: CaptureBudget, max: number) {
    this.#budget = budget
    this.#max = max
  }

  /** @returns whether all of it was kept */
  append(bytes: Uint8Array): boolean {
    const kept = Math.min(bytes.length, this.#max - this.#length, this.#budget.left)
    if (kept > 0) this.#keep(bytes.subarray(0, kept))
    if (kept < bytes.length) this.#isTruncated = true
    return kept === bytes.length
  }

  #keep(bytes: Uint8Array): void {
    this.#grow(this.#length + bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
    this.#budget.left -= bytes.length
  }

  /** Hands over what was kept; undefined when the stream gave nothing. */
  take(): Captured | undefined {
    this.#budget.left += this.#length
    if (this.#length === 0) return undefined
    return { bytes: this.#buffer.subarray(0, this.#length), isTruncated: this.#isTruncated }
  }

  #grow(needed: number): void {
    if (needed <= this.#buffer.length) return
    const size = Math.max(needed, SMALLEST, this.#buffer.length * GROWTH)
    const grown = Buffer.allocUnsafeSlow(Math.min(size, this.#max))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }
}
