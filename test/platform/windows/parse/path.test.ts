// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { isRemote, longPath, ordinaryPath } from '../../../../platform/windows/parse/path.ts'

test.each([
  ['\\\\?\\C:\\a\\b', 'C:\\a\\b'],
  ['\\\\?\\UNC\\server\\share\\a', '\\\\server\\share\\a'],
  ['C:\\a', 'C:\\a'],
  ['\\\\server\\share', '\\\\server\\share'],
  ['\\\\?\\UNCLE\\a', undefined],
  ['\\\\?\\Volume{00112233-4455-6677-8899-aabbccddeeff}\\a', undefined],
  ['\\\\?\\GLOBALROOT\\Device\\Null', undefined],
  ['\\\\.\\NUL', undefined],
  ['\\\\.\\pipe\\a', undefined],
  ['\\\\?\\\\\\.\\pipe\\a', undefined],
  ['\\a', undefined],
  ['C:a', undefined],
  ['', undefined],
])('ordinaryPath(%j)', (full, expected) => {
  expect(ordinaryPath(full)).toBe(expected)
})

test('what leads to a server', () => {
  expect(isRemote('\\\\server\\share')).toBe(true)
  expect(isRemote('C:\\a')).toBe(false)
})

test('long names get the prefix that lifts the limit', () => {
  const long = 'x'.repeat(250)
  expect(longPath('C:\\a')).toBe('C:\\a')
  expect(longPath(`C:/${long}`)).toBe(`\\\\?\\C:\\${long}`)
  expect(longPath(`\\\\s\\t\\${long}`)).toBe(`\\\\?\\UNC\\s\\t\\${long}`)
  expect(longPath(`\\\\.\\${long}`)).toBe(`\\\\.\\${long}`)
})
