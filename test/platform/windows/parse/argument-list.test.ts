// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { argumentList } from '../../../../platform/windows/parse/argument-list.ts'
import { commandLine } from '../../../../platform/windows/parse/command-line.ts'

// The examples of CommandLineToArgvW's and of the C runtime's page.
test.each([
  ['"C:\\Program Files\\qga\\qga.exe" -d', ['C:\\Program Files\\qga\\qga.exe', '-d']],
  ['C:\\qemu-ga.exe  -d\t--retry-path ', ['C:\\qemu-ga.exe', '-d', '--retry-path']],
  ['x "a b c" d e', ['x', 'a b c', 'd', 'e']],
  ['x "ab\\"c" "\\\\" d', ['x', 'ab"c', '\\', 'd']],
  ['x a\\\\\\b d"e f"g h', ['x', 'a\\\\\\b', 'de fg', 'h']],
  ['x a\\\\\\"b c d', ['x', 'a\\"b', 'c', 'd']],
  ['x a\\\\\\\\"b c" d e', ['x', 'a\\\\b c', 'd', 'e']],
  ['x ""', ['x', '']],
  ['', ['']],
])('argumentList(%j)', (line, expected) => {
  expect(argumentList(line)).toEqual(expected)
})

test('what commandLine() made is read as it was', () => {
  const argv = [
    'C:\\a b\\c.exe',
    '',
    'say "hi"',
    'C:\\dir\\',
    'C:\\a dir\\',
    '\\\\"',
    'tab\t',
    '-p',
    '\\\\.\\pipe\\x',
  ]
  expect(argumentList(commandLine(argv))).toEqual(argv)
})
