// SPDX-License-Identifier: Apache-2.0
/** Number tokens keep their width: what a double cannot hold exactly stays a bigint or its own text. */

/** A number that is no 64-bit integer. It keeps its spelling, so that an id comes back digit for digit. */
export class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The nearest double; infinite when out of range. */
  valueOf(): number {
    return Number(this.text)
  }
}

const INT64_MIN = -(2n ** 63n)
const UINT64_MAX = 2n ** 64n - 1n
/** Integers of at most this many characters, sign included, are exact in a double. */
const EXACT_LENGTH = 15
const MINUS = 0x2d
const DIGIT_ZERO = 0x30
/** No 64-bit integer has more characters, sign included. */
const LONGEST_INT64 = 20

/** The value of a number token: a 64-bit integer, else its text. */
export function numberAt(bytes: Buffer, from: number, to: number): number | bigint | NumberText {
  if (to - from > EXACT_LENGTH) return numberFrom(bytes.latin1Slice(from, to))
  const isNegative = bytes[from] === MINUS
  let value = 0
  for (let at = isNegative ? from + 1 : from; at < to; at++) {
    const digit = (bytes[at] as number) - DIGIT_ZERO
    if (digit < 0 || digit > 9) return numberFrom(bytes.latin1Slice(from, to))
    value = value * 10 + digit
  }
  // A difference: upstream has no negative zero.
  return isNegative ? 0 - value : value
}

function numberFrom(text: string): number | bigint | NumberText {
  if (text.length > LONGEST_INT64 || !isInteger(text)) return new NumberText(text)
  const wide = BigInt(text)
  if (wide < INT64_MIN || wide > UINT64_MAX) return new NumberText(text)
  const narrow = Number(wide)
  return Number.isSafeInteger(narrow) ? narrow : wide
}

function isInteger(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x2e || c === 0x65 || c === 0x45) return false
  }
  return true
}

/** The states of a number token; a transition table is all that JSON's grammar needs. */
export const NUMBER = {
  minus: 0,
  zero: 1,
  integer: 2,
  dot: 3,
  fraction: 4,
  exponent: 5,
  sign: 6,
  power: 7,
  /** The byte does not belong to the token, which is complete. */
  end: 8,
  /** The byte breaks the token. */
  bad: 9,
} as const

/** The state that `byte` leads to. After a lone `0` an exponent is not recognised, as upstream. */
export function nextNumberState(state: number, byte: number): number {
  const isDigit = byte >= 0x30 && byte <= 0x39
  const isExponent = byte === 0x65 || byte === 0x45
  switch (state) {
    case NUMBER.minus:
      return byte === 0x30 ? NUMBER.zero : isDigit ? NUMBER.integer : NUMBER.bad
    case NUMBER.zero:
      return byte === 0x2e ? NUMBER.dot : isDigit ? NUMBER.bad : NUMBER.end
    case NUMBER.integer:
      if (isDigit) return NUMBER.integer
      return byte === 0x2e ? NUMBER.dot : isExponent ? NUMBER.exponent : NUMBER.end
    case NUMBER.dot:
      return isDigit ? NUMBER.fraction : NUMBER.bad
    case NUMBER.fraction:
      return isDigit ? NUMBER.fraction : isExponent ? NUMBER.exponent : NUMBER.end
    case NUMBER.exponent:
      if (byte === 0x2b || byte === 0x2d) return NUMBER.sign
      return isDigit ? NUMBER.power : NUMBER.bad
    case NUMBER.sign:
      return isDigit ? NUMBER.power : NUMBER.bad
    default:
      return isDigit ? NUMBER.power : NUMBER.end
  }
}
