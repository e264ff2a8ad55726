// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { isHardwareClockLocal } from '../../../../platform/linux/parse/adjtime.ts'

test.each([
  ['0.0 0 0.0\n0\nLOCAL\n', true],
  ['0.0 0 0.0\n0\nLOCAL', true],
  ['0.0 0 0.0\n0\nUTC\n', false],
  ['0.0 0 0.0\n0\n', false],
  ['LOCAL\n', false],
  ['', false],
])('%p is local time: %p', (text, expected) => {
  expect(isHardwareClockLocal(text)).toBe(expected)
})
