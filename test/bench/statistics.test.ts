// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { Results } from '../../bench/figure.ts'
import { median, percentile } from '../../bench/statistics.ts'

test('median() takes the middle, or the mean of the two middles', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([10, 1, 3, 2])).toBe(2.5)
  expect(() => median([])).toThrow('no values')
})

test('percentile() takes the nearest rank', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, i) => 100 - i)
  expect(percentile(hundred, 0.99)).toBe(99)
  expect(percentile([7], 0.99)).toBe(7)
})

test('Results pair the rounds before they take the median', () => {
  const results = new Results()
  const figure = (value: number) => [{ id: 'ping', label: 'Ping', value }]
  for (const [against, agent] of [
    [10, 5],
    [100, 50],
    [20, 12],
  ] as const) {
    results.add('against', figure(against))
    results.add('agent', figure(agent))
  }
  expect(results.rows()).toEqual([
    {
      id: 'ping',
      label: 'Ping',
      against: 20,
      agent: 12,
      ratio: 0.5,
      rounds: { agent: [5, 50, 12], ratio: [0.5, 0.5, 0.6] },
    },
  ])
})

test('Results have no ratio to nothing', () => {
  const results = new Results()
  results.add('against', [{ id: 'idle', label: 'Idle', value: 0 }])
  results.add('agent', [{ id: 'idle', label: 'Idle', value: 3 }])
  expect(results.rows()[0]?.ratio).toBeUndefined()
})
