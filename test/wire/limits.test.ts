// SPDX-License-Identifier: Apache-2.0
/** The limits of one value, and that the reader goes on behind them. */
import { describe, expect, test } from 'bun:test'
import type { Incoming } from '../../src/wire/reader.ts'
import { comparable, newReader, read } from './read.ts'

const MIB = 1024 * 1024
const TOKEN_BYTES_MAX = 64 * MIB
const CHUNK_BYTES = 512 * 1024
/** How a client finds its way back. */
const RECOVERY = '\n\xff{"execute":"guest-sync-delimited","arguments":{"id":7}}'
const RECOVERED = { execute: 'guest-sync-delimited', arguments: { id: 7 } }

/** What comes of a long input in chunks as a socket gives them, then of a client's recovery. */
function readLong(...parts: string[]): unknown[] {
  const bytes = Buffer.concat([...parts, RECOVERY].map((part) => Buffer.from(part, 'latin1')))
  const reader = newReader()
  const values: Incoming[] = []
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    values.push(...read([bytes.subarray(at, at + CHUNK_BYTES)], reader))
  }
  return values.map(comparable)
}

const STRAY = "JSON parse error, stray '\ufffd'"

describe('Reader takes', () => {
  test('1024 levels and refuses the next', () => {
    expect(readLong('['.repeat(1024), ']'.repeat(1024))).toHaveLength(3)
    expect(readLong('['.repeat(1025), ']'.repeat(1025))).toEqual([
      'JSON nesting depth limit exceeded',
      `2:1: ${STRAY}`,
      RECOVERED,
    ])
  })

  test('two million tokens and refuses the next', () => {
    const fits = `[${'1,'.repeat(MIB - 1)}`
    expect(readLong(`${fits.slice(0, -1)}]`)[0]).toHaveLength(MIB - 1)
    expect(readLong(fits, '1]')).toEqual([
      'JSON token count limit exceeded',
      `2:1: ${STRAY}`,
      RECOVERED,
    ])
  })

  test('a string of 64 MiB less one byte and refuses the next', () => {
    const longest = TOKEN_BYTES_MAX - 1
    expect(readLong('"', 'a'.repeat(longest - 2), '"')[0]).toHaveLength(longest - 2)
    expect(readLong('"', 'a'.repeat(longest - 1), '"')).toEqual([
      'JSON token size limit exceeded',
      `2:1: ${STRAY}`,
      RECOVERED,
    ])
  })

  test('a token that never ends as far as the limit, and passes over the rest', () => {
    expect(readLong('["', 'a'.repeat(TOKEN_BYTES_MAX + 5))).toEqual([
      'JSON token size limit exceeded',
      RECOVERED,
    ])
  })

  test('base64 within the limit without holding it as text', () => {
    const encoded = 'QUJD'.repeat((32 * MIB) / 4)
    const [value] = readLong('{"arguments":{"buf-b64":"', encoded, '"}}')
    const bytes = (value as { arguments: { 'buf-b64': Buffer } }).arguments['buf-b64']
    expect(bytes.length).toBe(24 * MIB)
    expect(bytes.equals(Buffer.alloc(24 * MIB, 'ABC'))).toBe(true)
  })
})
