// SPDX-License-Identifier: Apache-2.0
/** Memory that decoded payloads lie in, used again and again: to touch fresh memory costs more than to decode into it. */

/** A multiple of 3, so that whole base64 groups fill it. */
const SLICE_BYTES = 192 * 1024
/** 12 MiB: what is given back beyond is left to the garbage collector. */
const KEPT_MAX = 64

export class SlicePool {
  readonly #free: Uint8Array[] = []

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLICE_BYTES)
  }

  /** Takes slices back, whole or what was used of them; other memory is not kept. */
  give(slices: readonly Uint8Array[]): void {
    for (const { buffer } of slices) {
      const isOurs = buffer.byteLength === SLICE_BYTES
      if (isOurs && this.#free.length < KEPT_MAX) this.#free.push(new Uint8Array(buffer))
    }
  }

  clear(): void {
    this.#free.length = 0
  }
}
