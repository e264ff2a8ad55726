// SPDX-License-Identifier: Apache-2.0
/** What the lexer tells the parser. */

/** Kinds of token; a structural character is its own kind. */
export const TOKEN = {
  none: 0,
  string: 1,
  number: 2,
  keyword: 3,
  /** Bytes that are no token, the offending one included. */
  stray: 4,
  /** A token that passed the size limit, cut there. */
  tooLarge: 5,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const

/** The limit for one token and for all tokens of one value, in bytes. */
export const TOKEN_BYTES_MAX = 64 * 1024 * 1024

/** An error text shows no more of a token than this many bytes. */
export const SHOWN_MAX = 1023

export function isStructural(byte: number): boolean {
  return (
    byte === TOKEN.comma ||
    byte === TOKEN.colon ||
    byte === TOKEN.openBracket ||
    byte === TOKEN.closeBracket ||
    byte === TOKEN.openBrace ||
    byte === TOKEN.closeBrace
  )
}
