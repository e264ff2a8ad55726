// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { earlyLogLine } from '../src/early-log.ts'

const at = new Date(2026, 1, 3, 4, 5, 6, 7)

test('earlyLogLine() has GLib’s form', () => {
  expect(earlyLogLine('CRITICAL', 'must specify a path', 42, at)).toBe(
    '\n** (process:42): CRITICAL **: 04:05:06.007: must specify a path\n',
  )
})

test('earlyLogLine() shows control characters as GLib does', () => {
  expect(earlyLogLine('WARNING', 'a\x01\x1b\x7f\x85\r\tb\r\n\u00a0“', 42, at)).toEndWith(
    ': a\\u0001\\u001b\\u007f\\u0085\\u000d\tb\r\n\u00a0“\n',
  )
})
