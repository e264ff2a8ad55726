// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import type { EncodedBytes } from '../../src/wire/base64.ts'
import { comparable, newReader, read, readOne } from './read.ts'

const REFUSED = 'Base64 data contains invalid characters'

/** The decoded argument of a request whose JSON string has this inside, cut into pieces of a size. */
function decode(inside: string, quote = '"', size = 10_000_000): Buffer {
  const text = `{"arguments":{"buf-b64":${quote}${inside}${quote}}}`
  const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
    text.slice(i * size, (i + 1) * size),
  )
  const [value] = read(chunks)
  const encoded = (value as { arguments: { 'buf-b64': EncodedBytes } }).arguments['buf-b64']
  return Buffer.concat(encoded.decode())
}

describe('base64 arguments', () => {
  test.each([
    ['', ''],
    ['QQ==', 'A'],
    ['QUI=', 'AB'],
    ['QUJD', 'ABC'],
    ['QUJDREVGR0hJSktM', 'ABCDEFGHIJKL'],
    ['QUJD\\nREVG\\n', 'ABCDEF'],
    ['QU\\nI\\n=', 'AB'],
    ['\\u0051UI\\u003d', 'AB'],
    ['QUI\\u000A=', 'AB'],
    ['Pz8\\/Pz8\\/', '??????'],
  ])('%j', (inside, bytes) => {
    expect(decode(inside).toString()).toBe(bytes)
  })

  test.each([
    'Q',
    'QQ',
    'QQ=',
    '====',
    'QQ=A',
    'QU=JD',
    'QUJD====QUJD',
    'QQ==QUJD',
    'QU JD',
    'QUJD QUJDQUJDQUJDQUJD',
    'QUJDQUJDQUJDQUJD QUJD',
    'QU-JD_',
    'QU\\rJD',
    'QU\\tJD',
    '\\u0000',
    '\\u00e9',
    '\\ud83d\\ude00',
    '\xc3\xa9',
    'QUJD\\"',
  ])('refuses %j, however it is cut', (inside) => {
    for (const size of [1, 2, 3, 7, 1000]) {
      expect(() => decode(inside, '"', size)).toThrow(REFUSED)
    }
  })

  test('decodes whatever the length and however it is cut', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 37) & 0xff))
      const text = `{"arguments":{"buf-b64":"${bytes.toString('base64')}"}}`
      for (const size of [1, 2, 3, 5, 16, 1000]) {
        const chunks = text.match(new RegExp(`.{1,${size}}`, 'g')) as string[]
        expect(read(chunks).map(comparable)).toEqual([{ arguments: { 'buf-b64': bytes } }])
      }
    }
  })

  test('decodes a megabyte in lines of 76, as Proxmox sends it', () => {
    const bytes = Buffer.alloc(1024 * 1024 + 1, 'line of content, ')
    const lines = bytes.toString('base64').match(/.{1,76}/g) as string[]
    expect(decode(`${lines.join('\\n')}\\n`).equals(bytes)).toBe(true)
  })

  test('is only decoded where the contract says bytes are', () => {
    expect(readOne('{"arguments":{"path":"QUJD"}}')).toEqual({ arguments: { path: 'QUJD' } })
    expect(readOne('{"buf-b64":"QUJD"}')).toEqual({ 'buf-b64': 'QUJD' })
    expect(readOne('{"arguments":{"x":{"buf-b64":"QUJD"}}}')).toEqual({
      arguments: { x: { 'buf-b64': 'QUJD' } },
    })
  })

  test.each([
    ['QUJD\\x', 'invalid escape sequence in string'],
    ['QUJD\xff', `stray '"QUJD\ufffd'`],
    ['QUJD\n', `stray '"QUJD\n'`],
    ['QU\\u12', '\\u12" is not a valid Unicode character'],
    ['QU\xc3(', 'invalid UTF-8 sequence in string'],
  ])('is checked as a JSON string too: %j', (inside, message) => {
    const [fault] = read([`{"arguments":{"buf-b64":"${inside}"}}`])
    expect(comparable(fault)).toBe(`1:25: JSON parse error, ${message}`)
  })

  test('keeps the fault when only the end of a long text is wrong', () => {
    const [fault] = read([`{"arguments":{"buf-b64":"${'QUJD'.repeat(5000)}`, '!\\ud800"}}'])
    expect(comparable(fault)).toBe(
      '1:25: JSON parse error, \\ud800 is not a valid Unicode character',
    )
  })

  test('takes single quotes', () => {
    expect(decode('QUJD', "'").toString()).toBe('ABC')
  })

  test('gives each argument memory of its own, until it is let go', () => {
    const payloads = [10, 100_000, 10, 500_000, 200_000].map((size, i) => Buffer.alloc(size, i + 1))
    const reader = newReader()
    const request = (bytes: Buffer) => `{"arguments":{"buf-b64":"${bytes.toString('base64')}"}}`
    const decoded = payloads.map((bytes) => {
      const [value] = read([request(bytes)], reader)
      return (value as { arguments: { 'buf-b64': EncodedBytes } }).arguments['buf-b64']
    })
    for (const [i, bytes] of payloads.entries())
      expect(Buffer.concat(decoded[i]?.decode() ?? []).equals(bytes)).toBe(true)
    const lent = decoded.flatMap((bytes) => bytes.decode().map(({ buffer }) => buffer))
    for (const bytes of decoded) bytes.release()
    const [again] = read([request(Buffer.alloc(300_000, 9))], reader)
    const slices = (again as { arguments: { 'buf-b64': EncodedBytes } }).arguments[
      'buf-b64'
    ].decode()
    expect(Buffer.concat(slices).equals(Buffer.alloc(300_000, 9))).toBe(true)
    for (const { buffer } of slices) expect(lent).toContain(buffer)
  })
})
