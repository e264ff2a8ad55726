// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { numberedEntries } from '../../../../platform/linux/parse/numbered.ts'

test('numbers rise, whatever the order of the directory', () => {
  const names = ['cpufreq', 'cpu10', 'online', 'cpu2', 'cpu0', 'cpuidle', 'cpu', 'xcpu3']
  expect(numberedEntries('cpu', names)).toEqual([0, 2, 10])
})
