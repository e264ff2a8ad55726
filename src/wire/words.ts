// SPDX-License-Identifier: Apache-2.0
/** The few names that nearly all requests are made of: each becomes a string once, not each time it arrives. */
import type { Lexer } from './lexer.ts'

const LONGEST = 32
const KEPT = 64

export class Words {
  /** By hash; a word gives way to the next one that has its place. */
  readonly #kept: string[] = new Array(KEPT).fill('')

  /** The text of a plain string token. */
  at(token: Lexer): string {
    const { source } = token
    const from = token.from + 1
    const to = token.to - 1
    if (to - from > LONGEST) return source.latin1Slice(from, to)
    const place = hash(source, from, to)
    const kept = this.#kept[place] as string
    if (isAt(source, from, to, kept)) return kept
    const word = source.latin1Slice(from, to)
    this.#kept[place] = word
    return word
  }
}

function hash(bytes: Buffer, from: number, to: number): number {
  let sum = to - from
  for (let at = from; at < to; at++) sum = (sum * 31 + (bytes[at] as number)) | 0
  return sum & (KEPT - 1)
}

function isAt(bytes: Buffer, from: number, to: number, word: string): boolean {
  if (word.length !== to - from) return false
  for (let i = 0; i < word.length; i++) {
    if (word.charCodeAt(i) !== bytes[from + i]) return false
  }
  return true
}
