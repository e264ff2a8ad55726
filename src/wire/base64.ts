// SPDX-License-Identifier: Apache-2.0
/**
 * base64 of a request, decoded while it arrives into slices that can be written as they are, so
 * that a payload is never held as text. Anything outside the alphabet, an incomplete group, and data
 * behind padding are refused (upstream decodes the last two to garbage).
 */
import { InvalidArguments } from '../errors.ts'
import type { SlicePool } from './slice-pool.ts'

/** A payload up to this size is not worth a slice of its own. */
const SMALL = 16 * 1024
const PAD = 64
const FOREIGN = 65

const CODES = new Uint8Array(256).fill(FOREIGN)
for (const [i, c] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries())
  CODES[c.charCodeAt(0)] = i
CODES[0x3d] = PAD

export class Base64Decoder {
  readonly #pool: SlicePool
  readonly #slices: Uint8Array[] = []
  #slice: Uint8Array = new Uint8Array(0)
  #used = 0
  /** The bits of an unfinished group, and how many of its four characters are in. */
  #group = 0
  #filled = 0
  #padding = 0
  #isInvalid = false

  constructor(pool: SlicePool) {
    this.#pool = pool
  }

  /**
   * Takes characters `from`…`to` of `bytes`.
   * @returns where it stopped: `to`, or the first byte that is no base64
   */
  push(bytes: Buffer, from: number, to: number): number {
    let at = from
    while (at < to) {
      if (to - at > 8) {
        const groups = this.#pushGroups(bytes, at, to)
        if (groups > 0) {
          at += groups * 4
          continue
        }
      }
      // Byte by byte to the end of this group, or to what is no base64.
      do {
        if (!this.pushByte(bytes[at] as number)) return at
        at++
      } while (at < to && this.#filled > 0)
    }
    return to
  }

  /** Takes one character; false, and not taken, when it is no base64. */
  pushByte(byte: number): boolean {
    const code = CODES[byte] ?? FOREIGN
    if (code === FOREIGN) return false
    const isPadding = code === PAD
    if (isPadding ? this.#filled < 2 : this.#padding > 0) this.#isInvalid = true
    if (isPadding) this.#padding++
    this.#group = (this.#group << 6) | (code & 63)
    if (++this.#filled === 4) this.#endGroup()
    return true
  }

  /** What the string held, once its closing quote has arrived. */
  finish(): EncodedBytes {
    if (this.#isInvalid || this.#filled > 0) return new EncodedBytes()
    if (this.#slices.length === 0 && this.#used <= SMALL) {
      const bytes = new Uint8Array(this.#slice.subarray(0, this.#used))
      this.#pool.give([this.#slice])
      return new EncodedBytes([bytes])
    }
    this.#slices.push(this.#slice.subarray(0, this.#used))
    return new EncodedBytes(this.#slices, this.#pool)
  }

  #endGroup(): void {
    this.#filled = 0
    if (this.#isInvalid) return
    this.#room(3)
    const count = 3 - this.#padding
    for (let i = 0; i < count; i++) {
      this.#slice[this.#used++] = (this.#group >> (16 - 8 * i)) & 0xff
    }
  }

  /** Decodes whole groups at once; 0 when only byte by byte can tell what is there. */
  #pushGroups(bytes: Buffer, from: number, to: number): number {
    if (this.#filled > 0 || this.#padding > 0 || this.#isInvalid) return 0
    this.#room(3)
    const room = Math.floor((this.#slice.length - this.#used) / 3)
    // The last group may hold padding: it is left to pushByte.
    const groups = Math.min(room, Math.floor((to - from - 4) / 4))
    const text = bytes.latin1Slice(from, from + groups * 4)
    const target = this.#slice.subarray(this.#used, this.#used + groups * 3)
    try {
      // It passes over blanks and stops at padding: both show in the count.
      if (target.setFromBase64(text).written !== groups * 3) return 0
    } catch {
      return 0
    }
    this.#used += groups * 3
    return groups
  }

  #room(count: number): void {
    if (this.#slice.length - this.#used >= count) return
    if (this.#used > 0) this.#slices.push(this.#slice.subarray(0, this.#used))
    this.#slice = this.#pool.take()
    this.#used = 0
  }
}

/** A decoded base64 argument; without slices when the text was no base64. */
export class EncodedBytes {
  readonly #slices: readonly Uint8Array[] | undefined
  readonly #pool: SlicePool | undefined

  /** @param pool that the slices came from */
  constructor(slices?: readonly Uint8Array[], pool?: SlicePool) {
    this.#slices = slices
    this.#pool = pool
  }

  /** @throws InvalidArguments when the text was not base64; thrown late because a handler checks other things first */
  decode(): readonly Uint8Array[] {
    if (this.#slices === undefined) {
      throw new InvalidArguments('Base64 data contains invalid characters')
    }
    return this.#slices
  }

  /** Lets others use the memory: nothing may look at the slices any more. To be called once, or not at all. */
  release(): void {
    if (this.#slices !== undefined) this.#pool?.give(this.#slices)
  }
}
