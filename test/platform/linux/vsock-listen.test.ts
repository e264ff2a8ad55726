// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { parseVsockAddress } from '../../../platform/linux/vsock-listen.ts'

test.each([
  ['3:1234', 3, 1234],
  ['4294967295:0', 4294967295, 0],
  [' 1:2', 1, 2],
])('"%s" is an address', (text, cid, port) => {
  expect(parseVsockAddress(text)).toEqual({ cid, port })
})

// As 11.1.3 says it.
test.each([
  ['12', "error parsing address '12'"],
  ['', "error parsing address ''"],
  [':', "error parsing address ':'"],
  ['1:', "error parsing address '1:'"],
  ['1:2,3', "trailing characters in address '1:2,3'"],
  ['-1:5', "Failed to parse cid '-1'"],
  ['1:2x', "Failed to parse port '2x'"],
  ['4294967296:1', "Failed to parse cid '4294967296'"],
  ['1:99999999999', "Failed to parse port '99999999999'"],
])('"%s" is refused in upstream’s words', (text, message) => {
  expect(() => parseVsockAddress(text)).toThrow(message)
})
