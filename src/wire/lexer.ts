// SPDX-License-Identifier: Apache-2.0
/** Bytes → tokens: one incremental pass over chunks of any size, in upstream's JSON dialect. */
import { EncodedBytes } from './base64.ts'
import { EncodedString, FED } from './encoded-string.ts'
import { NUMBER, nextNumberState, numberAt } from './number.ts'
import type { SlicePool } from './slice-pool.ts'
import { isStructural, SHOWN_MAX, TOKEN, TOKEN_BYTES_MAX } from './token.ts'
import { TokenText } from './token-text.ts'

const NO_BYTES = Buffer.alloc(0)
const IDLE = 0
const IN_STRING = 1
const IN_ENCODED = 2
const IN_NUMBER = 3
const IN_KEYWORD = 4
const RECOVERING = 5

export class Lexer {
  /** The kind of token that the last `scan` found. */
  kind: number = TOKEN.none
  /** In bytes, for the size limit. */
  length = 0
  /** Where the token starts, both from 1, as upstream counts. */
  line = 1
  column = 1
  /**
   * Where the token's bytes lie, until the next scan; of keywords and stray bytes as many as an error
   * shows, of a string that carried base64 none.
   */
  source: Buffer = NO_BYTES
  from = 0
  to = 0
  /** Whether a string is ASCII without escapes, so that its bytes are its text. */
  isPlain = true
  /** A number's value, or what a string that carries base64 held; else undefined. */
  value: unknown

  #state = IDLE
  /** Offsets in the whole stream: of the current chunk, and of the current line's first byte. */
  #base = 0
  #lineStart = 0
  #currentLine = 1
  /** Offset of the byte that ended the last token without being part of it: upstream counts it twice. */
  #lookedAt = -1
  /** Offset behind a token that was cut: upstream gives what follows there the position of the cut token. */
  #cutAt = -1
  #quote = 0
  #afterBackslash = false
  /** In a string that should carry base64, and does not. */
  #isForeign = false
  #numberState = 0
  #encoded: EncodedString | undefined
  /** The bytes of the token that came in earlier chunks. */
  readonly #gathered = new TokenText()
  readonly #bytesMax: number
  readonly #pool: SlicePool

  /**
   * @param pool for decoded base64
   * @param bytesMax of one token
   */
  constructor(pool: SlicePool, bytesMax = TOKEN_BYTES_MAX) {
    this.#pool = pool
    this.#bytesMax = bytesMax
  }

  /** The token's bytes. */
  get text(): Buffer {
    return this.source.subarray(this.from, this.to)
  }

  /**
   * Scans to the end of the next token.
   * @param isEncoded a string that starts here carries base64: decode it, do not keep it
   * @returns where to go on; `kind` is `none` when the chunk ended first
   */
  scan(chunk: Buffer, from: number, isEncoded: boolean): number {
    this.kind = TOKEN.none
    let at = from
    while (at < chunk.length && this.kind === TOKEN.none) {
      if (this.#state === IDLE) at = this.#begin(chunk, at, isEncoded)
      else if (this.#state === RECOVERING) at = this.#recover(chunk, at)
      else at = this.#continue(chunk, at, at)
    }
    return at
  }

  /** Call when a chunk has been scanned to its end. */
  endChunk(chunk: Buffer): void {
    this.#base += chunk.length
    // The last token may be as large as a request can be.
    this.#lieIn(NO_BYTES, 0, 0)
    this.value = undefined
  }

  /** Forgets an unfinished token; lines and columns go on counting. */
  reset(): void {
    this.#state = IDLE
    this.#gathered.clear()
    this.#encoded = undefined
  }

  /** Passes over white space and starts a token. */
  #begin(chunk: Buffer, from: number, isEncoded: boolean): number {
    let at = from
    let byte = chunk[at] as number
    while (byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d) {
      if (byte === 0x0a) this.#newline(at)
      if (++at === chunk.length) return at
      byte = chunk[at] as number
    }
    const offset = this.#base + at
    if (offset !== this.#cutAt) {
      this.line = this.#currentLine
      this.column = offset - this.#lineStart + (offset === this.#lookedAt ? 2 : 1)
    }
    this.length = 0
    this.value = undefined
    if (isStructural(byte)) {
      this.kind = byte
      this.length = 1
      return at + 1
    }
    if (byte === 0x22 || byte === 0x27) {
      this.#quote = byte
      this.#afterBackslash = false
      this.isPlain = true
      this.#isForeign = false
      this.#state = isEncoded ? IN_ENCODED : IN_STRING
      this.#encoded = isEncoded ? new EncodedString(byte, this.#pool) : undefined
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      this.#state = IN_NUMBER
      this.#numberState =
        byte === 0x2d ? NUMBER.minus : byte === 0x30 ? NUMBER.zero : NUMBER.integer
    } else if (byte >= 0x61 && byte <= 0x7a) {
      this.#state = IN_KEYWORD
    } else {
      return this.#stray(chunk, at, at)
    }
    return this.#continue(chunk, at, at + 1)
  }

  /**
   * Goes on with the token whose bytes in this chunk begin at `start`, looking from `from`.
   * @returns where to go on, like all that it calls
   */
  #continue(chunk: Buffer, start: number, from: number): number {
    // One byte over the limit is enough to know.
    const end = Math.min(chunk.length, start + this.#bytesMax + 1 - this.length)
    switch (this.#state) {
      case IN_STRING:
        return this.#string(chunk, start, from, end)
      case IN_ENCODED:
        return this.#encodedString(chunk, start, from, end)
      case IN_NUMBER:
        return this.#number(chunk, start, from, end)
      default:
        return this.#keyword(chunk, start, from, end)
    }
  }

  #string(chunk: Buffer, start: number, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const byte = chunk[at] as number
      if (byte < 0x20 || byte >= 0xfe) return this.#stray(chunk, start, at)
      if (this.#afterBackslash) this.#afterBackslash = false
      else if (byte === 0x5c) {
        this.#afterBackslash = true
        this.isPlain = false
      } else if (byte === this.#quote) {
        if (this.#isForeign) this.value = new EncodedBytes()
        return this.#finish(TOKEN.string, chunk, start, at + 1)
      } else if (byte >= 0x80) this.isPlain = false
    }
    return this.#suspend(chunk, start, end, this.#bytesMax)
  }

  #encodedString(chunk: Buffer, start: number, from: number, end: number): number {
    const encoded = this.#encoded as EncodedString
    const at = encoded.feed(chunk, from, end)
    if (encoded.outcome === FED.all) return this.#suspend(chunk, start, end, SHOWN_MAX)
    if (encoded.outcome === FED.closed) {
      this.#finish(TOKEN.string, chunk, start, at)
      this.#lieIn(NO_BYTES, 0, 0)
      this.value = encoded.finish()
      return at
    }
    // No base64: read on as an ordinary string, only to find its end and its faults. Beyond what
    // an error can show, the faultless part before is left out.
    this.#isForeign = true
    this.isPlain = false
    this.#state = IN_STRING
    this.#afterBackslash = encoded.pendingLength === 1
    if (this.length + at - start <= SHOWN_MAX) return this.#string(chunk, start, at, end)
    this.length += at - start
    this.#gathered.clear()
    this.#gathered.append(Buffer.of(this.#quote), 0, 1)
    this.#gathered.append(encoded.pending, 0, encoded.pendingLength)
    return this.#string(chunk, at, at, end)
  }

  #number(chunk: Buffer, start: number, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const next = nextNumberState(this.#numberState, chunk[at] as number)
      if (next === NUMBER.bad) return this.#stray(chunk, start, at)
      if (next === NUMBER.end) {
        this.#lookedAt = this.#base + at
        this.#finish(TOKEN.number, chunk, start, at)
        this.value = numberAt(this.source, this.from, this.to)
        return at
      }
      this.#numberState = next
    }
    return this.#suspend(chunk, start, end, this.#bytesMax)
  }

  #keyword(chunk: Buffer, start: number, from: number, end: number): number {
    for (let at = from; at < end; at++) {
      const byte = chunk[at] as number
      if (byte >= 0x61 && byte <= 0x7a) continue
      this.#lookedAt = this.#base + at
      return this.#finish(TOKEN.keyword, chunk, start, at)
    }
    return this.#suspend(chunk, start, end, SHOWN_MAX)
  }

  /** Ends the token before `end`. */
  #finish(kind: number, chunk: Buffer, start: number, end: number): number {
    this.kind = kind
    this.length += end - start
    if (this.#gathered.length === 0) this.#lieIn(chunk, start, end)
    else {
      this.#gathered.append(chunk, start, end)
      const gathered = this.#gathered.take()
      this.#lieIn(gathered, 0, gathered.length)
    }
    this.#state = IDLE
    return end
  }

  #lieIn(source: Buffer, from: number, to: number): void {
    this.source = source
    this.from = from
    this.to = to
  }

  /** The chunk ends within the token, or the token is cut at the limit: keeps up to `kept` of its bytes. */
  #suspend(chunk: Buffer, start: number, end: number, kept: number): number {
    const room = Math.max(0, kept - this.#gathered.length)
    this.#gathered.append(chunk, start, Math.min(end, start + room))
    this.length += end - start
    if (this.length > this.#bytesMax) {
      this.kind = TOKEN.tooLarge
      this.#cutAt = this.#base + end
      this.reset()
    }
    return end
  }

  /** The byte at `at` breaks the token: both go, and so does what follows up to a likely start. */
  #stray(chunk: Buffer, start: number, at: number): number {
    this.#finish(TOKEN.stray, chunk, start, at + 1)
    if (chunk[at] === 0x0a) this.#newline(at)
    this.#state = RECOVERING
    return at + 1
  }

  #recover(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] as number
      const isControl = byte < 0x20 && byte !== 0x09
      if (!isControl && byte < 0xfe && !isStructural(byte)) continue
      this.#lookedAt = this.#base + at
      this.#state = IDLE
      return at
    }
    return chunk.length
  }

  #newline(at: number): void {
    this.#currentLine++
    this.#lineStart = this.#base + at + 1
  }
}
