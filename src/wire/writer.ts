// SPDX-License-Identifier: Apache-2.0
/** Values → reply text: one line, ASCII only, upstream's spacing, members in the order they have. */
import { NumberText } from './number.ts'
import { TextBuilder } from './text-builder.ts'
import { isNoncharacter } from './utf8.ts'

/** A piece of a reply: ASCII text, or bytes that go out as base64 without being held as text. */
export type Piece = string | Uint8Array

/** The pieces of a reply line in order; one, unless the value carries bytes. */
export function encode(value: unknown): Piece[] {
  const encoder = new Encoder()
  encoder.value(value)
  return encoder.finish()
}

class Encoder {
  readonly #pieces: Piece[] = []
  #text = ''

  finish(): Piece[] {
    this.#pieces.push(`${this.#text}\n`)
    return this.#pieces
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#text += quote(value)
        return
      case 'number':
      case 'bigint':
      case 'boolean':
        this.#text += String(value)
        return
    }
    if (value === null) this.#text += 'null'
    else if (Array.isArray(value)) this.#array(value)
    else if (value instanceof Uint8Array) this.#bytes(value)
    else if (value instanceof NumberText) this.#text += value.text
    else if (typeof value === 'object') this.#object(value as Record<string, unknown>)
    else throw new TypeError(`Cannot write a ${typeof value} as JSON`)
  }

  #array(items: unknown[]): void {
    let separator = '['
    for (const item of items) {
      this.#text += separator
      this.value(item)
      separator = ', '
    }
    this.#text += items.length === 0 ? '[]' : ']'
  }

  #object(members: Record<string, unknown>): void {
    let separator = '{'
    for (const key in members) {
      this.#text += `${separator}${quote(key)}: `
      this.value(members[key])
      separator = ', '
    }
    this.#text += separator === '{' ? '{}' : '}'
  }

  #bytes(bytes: Uint8Array): void {
    this.#text += '"'
    this.#pieces.push(this.#text, bytes)
    this.#text = '"'
  }
}

/** Printable ASCII without quote and backslash: what needs no escape. */
const PLAIN = /^[ !#-[\]-~]*$/
const QUOTE = 0x22
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const HEX = '0123456789ABCDEF'
const SHORT_ESCAPES = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
])

/** A JSON string in ASCII; what is no character becomes U+FFFD. */
function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  const quoted = new TextBuilder()
  quoted.unit(QUOTE)
  for (let i = 0; i < text.length; i++) {
    const codePoint = text.codePointAt(i) as number
    const short = SHORT_ESCAPES.get(codePoint)
    if (short !== undefined) quoted.text(short)
    else if (codePoint >= 0x20 && codePoint < 0x7f) quoted.unit(codePoint)
    else if (isNoCharacter(codePoint)) quoted.text('\\uFFFD')
    else escapeUnit(quoted, text.charCodeAt(i))
    if (codePoint > 0xffff) {
      i++
      if (!isNoCharacter(codePoint)) escapeUnit(quoted, text.charCodeAt(i))
    }
  }
  quoted.unit(QUOTE)
  return quoted.toString()
}

/** A lone surrogate, or a code point that Unicode keeps free of characters. */
function isNoCharacter(codePoint: number): boolean {
  return (codePoint >= 0xd800 && codePoint <= 0xdfff) || isNoncharacter(codePoint)
}

/** `\\uXXXX` */
function escapeUnit(into: TextBuilder, unit: number): void {
  into.unit(BACKSLASH)
  into.unit(LETTER_U)
  for (let shift = 12; shift >= 0; shift -= 4) into.unit(HEX.charCodeAt((unit >> shift) & 15))
}
