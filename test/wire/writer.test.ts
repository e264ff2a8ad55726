// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { NumberText } from '../../src/wire/number.ts'
import { encode } from '../../src/wire/writer.ts'
import { read } from './read.ts'

function line(value: unknown): string {
  return encode(value).join('')
}

describe('encode()', () => {
  test.each([
    [{}, '{}'],
    [[], '[]'],
    [{ a: 1, b: [1, 2, {}] }, '{"a": 1, "b": [1, 2, {}]}'],
    [null, 'null'],
    [true, 'true'],
    [9223372036854775807n, '9223372036854775807'],
    [new NumberText('1.50'), '1.50'],
    [4000.999999, '4000.999999'],
    ["plain /'", '"plain /\'"'],
    ['"\\\b\f\n\r\t', '"\\"\\\\\\b\\f\\n\\r\\t"'],
    ['\0\x1f\x7f', '"\\u0000\\u001F\\u007F"'],
    ['é€😀', '"\\u00E9\\u20AC\\uD83D\\uDE00"'],
    ['\ud800', '"\\uFFFD"'],
    ['\uffff\ufdd0', '"\\uFFFD\\uFFFD"'],
  ])('%p', (value, text) => {
    expect(line(value)).toBe(`${text}\n`)
  })

  test('leaves bytes as a piece of their own between quotes', () => {
    const bytes = new Uint8Array([1, 2, 3])
    expect(encode({ a: bytes, b: 1 })).toEqual(['{"a": "', bytes, '", "b": 1}\n'])
  })

  test('gives back what the reader read', () => {
    const text = '{"b": [1.5, -0.0, 1e400, 18446744073709551616], "a": "\\u00E9", "": null}'
    expect(read([text]).map(line)).toEqual([`${text}\n`])
  })

  test('refuses what JSON has no word for', () => {
    expect(() => encode({ a: undefined })).toThrow(TypeError)
  })
})
