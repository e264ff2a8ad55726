// SPDX-License-Identifier: Apache-2.0
/** Names in rules, as each system writes and compares them. */
import { describe, expect, test } from 'bun:test'
import { ruleForms as linux } from '../../platform/linux/parse/rule-forms.ts'
import { ruleForms as windows } from '../../platform/windows/parse/rule-forms.ts'

describe('on Linux', () => {
  test.each([
    ['/', true],
    ['/a', true],
    ['/a/', true],
    ['/a/..b/c.', true],
    ['', false],
    ['a', false],
    ['/a//b', false],
    ['/a/./b', false],
    ['/a/../b', false],
    ['/..', false],
  ])('%j may be a rule: %p', (entry, expected) => {
    expect(linux.isEntry(entry)).toBe(expected)
  })

  test('an entry is one thing, or all below it', () => {
    expect(linux.covers('/a', '/a')).toBe(true)
    expect(linux.covers('/a', '/a/b')).toBe(false)
    expect(linux.covers('/a', '/A')).toBe(false)
    expect(linux.covers('/a/', '/a/b')).toBe(true)
    expect(linux.covers('/a/', '/a')).toBe(false)
    expect(linux.covers('/a/', '/ab')).toBe(false)
    expect(linux.isUser('a', 'A')).toBe(false)
  })
})

describe('on Windows', () => {
  test.each([
    ['C:\\', true],
    ['c:/', true],
    ['C:\\Windows\\win.ini', true],
    ['C:/Logs/', true],
    ['C:\\a b\\.c\\', true],
    ['\\\\server\\share\\a\\', true],
    ['//server/share', true],
    ['', false],
    ['C:', false],
    ['C:a', false],
    ['\\a', false],
    ['a', false],
    ['\\\\server', false],
    ['\\\\?\\C:\\a', false],
    ['\\\\.\\C:\\a', false],
    ['C:\\a\\\\b', false],
    ['C:\\a\\.\\b', false],
    ['C:\\a\\..\\b', false],
    // Windows leaves out what is at the end, so that no path has it.
    ['C:\\a.', false],
    ['C:\\a \\b', false],
    ['C:\\a:stream', false],
    ['C:\\*', false],
    ['C:\\a\n', false],
  ])('%j may be a rule: %p', (entry, expected) => {
    expect(windows.isEntry(entry)).toBe(expected)
  })

  test.each([
    ['C:\\a\\b', true],
    ['C:/a/b', true],
    ['C:\\a\\', false],
    ['C:\\a\\..\\b', false],
    ['C:\\a/./b', false],
    ['\\\\?\\C:\\a', false],
    ['C:\\a\\b.', false],
    ['C:\\a:b', false],
    ['a', false],
  ])('%j leads where it says: %p', (path, expected) => {
    expect(windows.isPlain(path)).toBe(expected)
  })

  test.each([
    ['C:\\a', 'C:\\a', true],
    ['C:/A', 'c:\\a', true],
    ['C:\\a', 'C:\\a\\b', false],
    ['C:\\a', 'C:\\a:stream', false],
    ['C:\\a/', 'C:\\A\\b\\c', true],
    ['C:\\a\\', 'C:\\a', false],
    ['C:\\a\\', 'C:\\ab', false],
    ['C:\\a\\', 'D:\\a\\b', false],
    ['\\\\S\\t\\', '\\\\s\\T\\a', true],
    // Letters that belong together in some alphabets only: none may be taken for another.
    ['C:\\stra\u00dfe\\', 'C:\\STRASSE\\a', false],
    ['C:\\\u212a\\', 'C:\\k\\a', false],
    ['C:\\\u0131\\', 'C:\\I\\a', false],
    ['C:\\\u00e4\\', 'C:\\\u00e4\\a', true],
  ])('%j covers %j: %p', (entry, path, expected) => {
    expect(windows.covers(entry, path)).toBe(expected)
  })

  test('users are told apart without their case', () => {
    expect(windows.isUser('Administrator', 'ADMINISTRATOR')).toBe(true)
    expect(windows.isUser('Admin', 'Administrator')).toBe(false)
  })
})
