// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { keysIn, withKeys, withoutKeys } from '../../../../platform/linux/parse/authorized-keys.ts'

test.each([
  ['', []],
  ['\n \n\t\n', []],
  ['one', ['one']],
  ['# no\n  # no\n one \r\ntwo\n', ['two', 'one']],
  ['one\none\n', ['one', 'one']],
])('keysIn(%p) is %p', (text, keys) => {
  expect(keysIn(text)).toEqual(keys)
})

test('keysIn() takes no longer than a line of blanks is', () => {
  const blanks = ' \t'.repeat(50_000)
  const start = performance.now()
  expect(keysIn(`${blanks}a${blanks}b${blanks}\n${blanks}`)).toEqual([`a${blanks}b`])
  expect(performance.now() - start).toBeLessThan(1000)
})

test.each([
  ['', ['a', 'b', 'a'], 'a\nb\n'],
  ['a', ['b'], 'a\nb\n'],
  ['a\n', ['b'], 'a\nb\n'],
  ['a\n\n', ['b'], 'a\n\nb\n'],
  ['# c\n a\n', ['a'], '# c\n a\na\n'],
  ['a\r\n', ['a'], 'a\r\na\n'],
  ['a\nb\n', ['b', 'a'], 'a\nb\n'],
  ['a\n', [], 'a\n'],
])('withKeys(%p, %p) is %p', (text, keys, expected) => {
  expect(withKeys(text, keys)).toBe(expected)
})

test.each([
  ['a\nb\na\n', ['a'], 'b\n'],
  ['a\nb', ['b'], 'a'],
  ['a\n', ['a'], ''],
  ['# c\n\n a\n', ['a', ' # c'], '# c\n\n a\n'],
  ['', ['a'], ''],
  ['a\n\nb\n', [''], 'a\nb\n'],
])('withoutKeys(%p, %p) is %p', (text, keys, expected) => {
  expect(withoutKeys(text, keys)).toBe(expected)
})
