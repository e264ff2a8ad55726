// SPDX-License-Identifier: Apache-2.0
/** A string token's bytes → its value, or what is wrong with it, at the first wrong place. */
import { MalformedRequest } from '../errors.ts'
import { TextBuilder } from './text-builder.ts'
import { decodeLossy, decodeSequence, isNoncharacter, type Sequence } from './utf8.ts'

const BACKSLASH = 0x5c

/** The letter behind the backslash → the character it stands for. */
const SIMPLE_ESCAPES = new Map([
  [0x22, 0x22],
  [0x27, 0x27],
  [0x5c, 0x5c],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

/** The value of one hexadecimal digit, or NaN. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return Number.NaN
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN
}

/** The code unit of the `\uXXXX` at `at`, or NaN. */
export function codeUnitAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75) return Number.NaN
  let unit = 0
  for (let i = 2; i < 6; i++) unit = unit * 16 + hexDigit(bytes[at + i])
  return unit
}

function isLead(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/**
 * Decodes a complete string token.
 * @param token its bytes, both quotes included
 * @throws MalformedRequest with the message that follows upstream's `LINE:COL: JSON parse error, `
 */
export function decodeString(token: Buffer): string {
  const end = token.length - 1
  let at = 1
  while (at < end && isPlain(token[at] as number)) at++
  if (at === end) return token.latin1Slice(1, end)
  const text = new TextBuilder()
  text.text(token.latin1Slice(1, at))
  const sequence: Sequence = { codePoint: 0, length: 0 }
  while (at < end) {
    const byte = token[at] as number
    if (isPlain(byte)) {
      text.unit(byte)
      at++
    } else if (byte === BACKSLASH) {
      at += decodeEscape(token, at, text)
    } else {
      decodeSequence(token, at, end, sequence)
      if (sequence.codePoint < 0) throw new MalformedRequest('invalid UTF-8 sequence in string')
      text.codePoint(sequence.codePoint)
      at += sequence.length
    }
  }
  return text.toString()
}

function isPlain(byte: number): boolean {
  return byte < 0x80 && byte !== BACKSLASH
}

/** Adds what the escape at `at` stands for, and returns the bytes that it took. */
function decodeEscape(token: Buffer, at: number, text: TextBuilder): number {
  const simple = SIMPLE_ESCAPES.get(token[at + 1] as number)
  if (simple !== undefined) {
    text.unit(simple)
    return 2
  }
  const units = decodeUnicodeEscape(token, at)
  text.text(units)
  return units.length * 6
}

/** The `\uXXXX`, or the surrogate pair of two, at `at`: as many code units as escapes. */
function decodeUnicodeEscape(token: Buffer, at: number): string {
  if (token[at + 1] !== 0x75) throw new MalformedRequest('invalid escape sequence in string')
  const first = codeUnitAt(token, at)
  if (Number.isNaN(first) || isTrail(first)) throw notUnicode(token, at, 6)
  if (!isLead(first)) {
    if (isNoncharacter(first)) throw notUnicode(token, at, 6)
    return String.fromCharCode(first)
  }
  const second = codeUnitAt(token, at + 6)
  if (!isTrail(second)) throw notUnicode(token, at, 6)
  const pair = String.fromCharCode(first, second)
  if (isNoncharacter(pair.codePointAt(0) as number)) throw notUnicode(token, at, 12)
  return pair
}

function notUnicode(token: Buffer, at: number, length: number): MalformedRequest {
  const written = decodeLossy(token, at, Math.min(at + length, token.length))
  return new MalformedRequest(`${written} is not a valid Unicode character`)
}
