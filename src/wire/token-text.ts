// SPDX-License-Identifier: Apache-2.0
/** Gathers the bytes of a token that spans chunks. */

const SMALLEST = 4096
/** A larger buffer is given back as soon as its token is done. */
const KEPT = 64 * 1024

export class TokenText {
  #buffer = Buffer.allocUnsafeSlow(SMALLEST)
  length = 0

  append(bytes: Buffer, from: number, to: number): void {
    const needed = this.length + to - from
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(grown, 0, 0, this.length)
      this.#buffer = grown
    }
    bytes.copy(this.#buffer, this.length, from, to)
    this.length = needed
  }

  /** Hands the bytes over and starts anew. They are valid until the next append. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(0, this.length)
    this.clear()
    return bytes
  }

  clear(): void {
    this.length = 0
    if (this.#buffer.length > KEPT) this.#buffer = Buffer.allocUnsafeSlow(SMALLEST)
  }
}
