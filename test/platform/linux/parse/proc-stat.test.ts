// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { parseCpuTimes } from '../../../../platform/linux/parse/proc-stat.ts'

test.each([
  [4, ['user', 'nice', 'system', 'idle']],
  [5, ['user', 'nice', 'system', 'idle', 'iowait']],
  [6, ['user', 'nice', 'system', 'idle', 'iowait']],
  [7, ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq']],
  [10, [...'user nice system idle iowait irq softirq steal guest guestnice'.split(' ')]],
  [12, [...'user nice system idle iowait irq softirq steal guest guestnice'.split(' ')]],
])('of %p columns it knows %p', (columns, members) => {
  const text = `cpu3 ${Array.from({ length: columns }, (_, i) => i).join(' ')}\n`
  const { cpus, isComplete } = parseCpuTimes(text, 10n)
  expect(isComplete).toBe(true)
  expect(Object.keys(cpus[0] ?? {})).toEqual(['type', 'cpu', ...members])
  expect(cpus[0]).toMatchObject({ type: 'linux', cpu: 3, user: 0n, nice: 10n, idle: 30n })
})

test('counts that a double cannot hold stay exact', () => {
  const { cpus } = parseCpuTimes('cpu0 9007199254740993 0 0 0\n', 10n)
  expect(cpus[0]?.user).toBe(90071992547409930n)
})

test('the line of all CPUs and other lines are passed over', () => {
  const { cpus } = parseCpuTimes('cpu  1 2 3 4\ncpu1 1 2 3 4\nintr 1\ncpufreq 1 2 3 4\n', 1n)
  expect(cpus.map(({ cpu }) => cpu)).toEqual([1])
})

test('a line that is too short ends the list', () => {
  const { cpus, isComplete } = parseCpuTimes('cpu0 1 2 3 4\ncpu1 1 2 3\ncpu2 1 2 3 4\n', 1n)
  expect(cpus.map(({ cpu }) => cpu)).toEqual([0])
  expect(isComplete).toBe(false)
})
