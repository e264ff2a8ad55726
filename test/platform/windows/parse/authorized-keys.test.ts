// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import {
  keysIn,
  withKeys,
  withoutKeys,
} from '../../../../platform/windows/parse/authorized-keys.ts'

test.each([
  ['', []],
  ['one\r\n# no\r\n\r\ntwo\r\n', ['two', 'one']],
  ['one\ntwo', ['two', 'one']],
])('keysIn(%j) is %j', (text, keys) => {
  expect(keysIn(text)).toEqual(keys)
})

test('keysIn() takes no longer than a line of blanks is', () => {
  const blanks = ' \t'.repeat(50_000)
  const start = performance.now()
  expect(keysIn(`${blanks}a${blanks}b${blanks}\r\n${blanks}`)).toEqual([`a${blanks}b`])
  expect(performance.now() - start).toBeLessThan(1000)
})

test.each([
  ['', ['a'], 'a\n'],
  ['a\r\n', ['a', 'b'], 'a\r\nb\n'],
  ['a\r\nb', ['b', 'c'], 'a\r\nb\nc\n'],
  ['a\n\n', ['b'], 'a\n\nb\n'],
])('withKeys(%j, %j) is %j', (text, keys, expected) => {
  expect(withKeys(text, keys)).toBe(expected)
})

test.each([
  ['a\r\nb\r\n', ['a'], 'b\r\n'],
  ['a\r\nb', ['b'], 'a\r\n'],
  ['a\nb\r\na\n', ['a'], 'b\r\n'],
  ['# c\r\n\r\nx\r\n', ['y'], '# c\r\n\r\nx\r\n'],
])('withoutKeys(%j, %j) is %j', (text, keys, expected) => {
  expect(withoutKeys(text, keys)).toBe(expected)
})
