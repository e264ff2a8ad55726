// SPDX-License-Identifier: Apache-2.0
/**
 * "Modified UTF-8", the byte form of strings in upstream's JSON: UTF-8 in which U+0000 may also be
 * written C0 80, and without non-characters.
 */

import { TextBuilder } from './text-builder.ts'

const REPLACEMENT = 0xfffd

/** The bytes that a lead byte announces, itself included; 1 for ASCII and for bytes that lead nothing. */
function sequenceLength(lead: number): number {
  if (lead < 0xc0 || lead >= 0xfe) return 1
  if (lead < 0xe0) return 2
  if (lead < 0xf0) return 3
  if (lead < 0xf8) return 4
  return lead < 0xfc ? 5 : 6
}

/** The smallest code point that needs a sequence of this many bytes; a smaller one is overlong. */
const SMALLEST = [0, 0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000] as const

/** U+FDD0–U+FDEF and the last two code points of every plane. */
export function isNoncharacter(codePoint: number): boolean {
  return (codePoint >= 0xfdd0 && codePoint <= 0xfdef) || (codePoint & 0xfffe) === 0xfffe
}

/** One decoded sequence: `codePoint` is -1 when it is malformed; `length` is what to step over. */
export interface Sequence {
  codePoint: number
  length: number
}

/** Decodes the sequence at `at` into `into`, reading no further than `end`. */
export function decodeSequence(bytes: Uint8Array, at: number, end: number, into: Sequence): void {
  const lead = bytes[at] as number
  const length = sequenceLength(lead)
  into.codePoint = -1
  into.length = 1
  if (length === 1) {
    if (lead < 0x80) into.codePoint = lead
    return
  }
  let codePoint = lead & (0x7f >> length)
  for (let i = 1; i < length; i++) {
    const next = at + i < end ? (bytes[at + i] as number) : 0
    if ((next & 0xc0) !== 0x80) {
      into.length = i
      return
    }
    codePoint = codePoint * 64 + (next & 0x3f)
  }
  into.length = length
  const isModifiedNul = length === 2 && codePoint === 0 && lead === 0xc0
  const isOverlong = codePoint < (SMALLEST[length] as number) && !isModifiedNul
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
  if (isOverlong || isSurrogate || codePoint > 0x10ffff || isNoncharacter(codePoint)) return
  into.codePoint = codePoint
}

/** Decodes bytes of any origin: each malformed sequence and each non-character becomes U+FFFD. */
export function decodeLossy(bytes: Uint8Array, from = 0, to = bytes.length): string {
  const text = new TextBuilder()
  const sequence: Sequence = { codePoint: 0, length: 0 }
  for (let at = from; at < to; at += sequence.length) {
    decodeSequence(bytes, at, to, sequence)
    text.codePoint(sequence.codePoint < 0 ? REPLACEMENT : sequence.codePoint)
  }
  return text.toString()
}
