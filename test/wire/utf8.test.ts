// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { decodeLossy } from '../../src/wire/utf8.ts'

test.each([
  ['plain', 'plain'],
  ['\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80', 'é€😀'],
  ['\xc0\x80', '\0'],
  ['\xff', '\ufffd'],
  ['\xff\xfe', '\ufffd\ufffd'],
  ['\x80\xbf', '\ufffd\ufffd'],
  ['\xc3(', '\ufffd('],
  ['\xe2\x82', '\ufffd'],
  ['\xc1\xbf', '\ufffd'],
  ['\xed\xa0\x80', '\ufffd'],
  ['\xf4\x90\x80\x80', '\ufffd'],
  ['\xf8\x88\x80\x80\x80', '\ufffd'],
  ['\xef\xbf\xbf', '\ufffd'],
  ['\xef\xb7\x90', '\ufffd'],
])('decodeLossy() gives each malformed sequence of %j one replacement', (bytes, text) => {
  expect(decodeLossy(Buffer.from(bytes, 'latin1'))).toBe(text)
})
