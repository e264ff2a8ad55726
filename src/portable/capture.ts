// SPDX-License-Identifier: Apache-2.0
/** The kept part of one output stream. */

/** Bytes of one stream; what comes beyond is read and dropped. */
const STREAM_MAX = 16 * 1024 * 1024
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
  #buffer: Uint8Array = new Uint8Array(0)
  #length = 0
  #isTruncated = false

  constructor(budget: CaptureBudget) {
    this.#budget = budget
  }

  append(bytes: Uint8Array): void {
    const kept = Math.min(bytes.length, STREAM_MAX - this.#length, this.#budget.left)
    if (kept < bytes.length) this.#isTruncated = true
    if (kept === 0) return
    this.#grow(this.#length + kept)
    this.#buffer.set(bytes.subarray(0, kept), this.#length)
    this.#length += kept
    this.#budget.left -= kept
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
    const grown = Buffer.allocUnsafeSlow(Math.min(size, STREAM_MAX))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }
}
