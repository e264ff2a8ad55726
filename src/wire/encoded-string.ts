// SPDX-License-Identifier: Apache-2.0
/** The inside of a string that carries base64: decoded run by run as it arrives, escapes included. */
import { Base64Decoder, type EncodedBytes } from './base64.ts'
import type { SlicePool } from './slice-pool.ts'
import { codeUnitAt, hexDigit } from './string-token.ts'

const BACKSLASH = 0x5c
const LETTER_N = 0x6e
const LETTER_U = 0x75
const SLASH = 0x2f
const NEWLINE = 0x0a

/** How far `feed` came. */
export const FED = {
  /** To the end of what there is. */
  all: 0,
  /** Behind the closing quote. */
  closed: 1,
  /** To a byte that no base64 can hold; an escape that led there is in `pending`. */
  foreign: 2,
} as const

export class EncodedString {
  outcome: number = FED.all
  /** The bytes of an escape that is not complete. */
  readonly pending = Buffer.alloc(6)
  pendingLength = 0
  readonly #quote: number
  readonly #decoder: Base64Decoder

  constructor(quote: number, pool: SlicePool) {
    this.#quote = quote
    this.#decoder = new Base64Decoder(pool)
  }

  /** Takes the bytes `from`…`end` as far as they go, and returns where that is. */
  feed(chunk: Buffer, from: number, end: number): number {
    this.outcome = FED.all
    const quoteAt = indexOf(chunk, this.#quote, from, end)
    let at = from
    while (at < end) {
      if (this.pendingLength > 0) {
        if (!this.#escape(chunk[at] as number)) {
          this.outcome = FED.foreign
          return at
        }
        at++
        continue
      }
      const stop = indexOf(chunk, BACKSLASH, at, quoteAt)
      at = this.#decoder.push(chunk, at, stop)
      if (at < stop) this.outcome = FED.foreign
      if (at < stop || at === end) return at
      if (at === quoteAt) {
        this.outcome = FED.closed
        return at + 1
      }
      this.pending[0] = BACKSLASH
      this.pendingLength = 1
      at++
    }
    return at
  }

  finish(): EncodedBytes {
    return this.#decoder.finish()
  }

  /** Takes one more byte of an escape; false, and not taken, when it cannot stand for base64. */
  #escape(byte: number): boolean {
    const length = this.pendingLength
    if (length === 1 && (byte === LETTER_N || byte === SLASH)) {
      this.pendingLength = 0
      return byte === LETTER_N || this.#decoder.pushByte(SLASH)
    }
    if (length === 1 ? byte !== LETTER_U : Number.isNaN(hexDigit(byte))) return false
    this.pending[length] = byte
    if (length < 5) {
      this.pendingLength++
      return true
    }
    const unit = codeUnitAt(this.pending, 0)
    // Clients break base64 into lines: an escaped newline counts for nothing.
    if (unit !== NEWLINE && !this.#decoder.pushByte(unit)) return false
    this.pendingLength = 0
    return true
  }
}

/** Like Buffer.indexOf, but bounded, and `end` when there is none. */
function indexOf(bytes: Buffer, byte: number, from: number, end: number): number {
  const found = bytes.subarray(from, end).indexOf(byte)
  return found < 0 ? end : from + found
}
