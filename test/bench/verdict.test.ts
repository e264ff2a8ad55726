// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import type { Row } from '../../bench/figure.ts'
import { NEW_MEMORY } from '../../bench/new-memory.ts'
import { listOfMisses, rounded, table } from '../../bench/table.ts'
import { pingTargets, TARGETS, type Target } from '../../bench/targets.ts'
import { misses } from '../../bench/verdict.ts'

const row = (id: string, against: number, agent: number): Row => ({
  id,
  label: id,
  against,
  agent,
  ratio: agent / against,
  rounds: { agent: [agent], ratio: [agent / against] },
})

describe('misses()', () => {
  const FAST: Target = { id: 'rate', of: 'ratio', atLeast: 9 }
  const SHORT: Target = { id: 'time.', of: 'ratio', atMost: 1 }
  const far = (rows: readonly Row[], target: Target) =>
    misses(rows, [target]).map(({ isFar }) => isFar)

  test('tells nothing of what is reached', () => {
    expect(misses([row('rate', 1, 9), row('time.a', 5, 5)], [FAST, SHORT])).toEqual([])
  })

  test('tells what two thirds of a target leave to noise from what they do not', () => {
    expect(far([row('rate', 1, 6.1)], FAST)).toEqual([false])
    expect(far([row('rate', 1, 5.9)], FAST)).toEqual([true])
    expect(far([row('time.a', 10, 14), row('time.b', 10, 16)], SHORT)).toEqual([false, true])
  })

  test('holds a miss for noise that one of the rounds has not', () => {
    const rounds = { agent: [1, 1, 1], ratio: [2, 5, 7] }
    expect(far([{ ...row('rate', 1, 5), rounds }], FAST)).toEqual([false])
    expect(far([{ ...row('time.a', 1, 5), rounds }], SHORT)).toEqual([true])
  })

  test('holds to what has been reached where that is said', () => {
    expect(far([row('rate', 1, 3.5), row('rate', 1, 3)], { ...FAST, reached: 5 })).toEqual([
      false,
      true,
    ])
  })

  test('judges by new memory only where that costs what it should, and never by the kernel', () => {
    const judged = (pageUs: number, dependsOn: 'memory' | 'kernel') =>
      misses([row('rate', 1, 1), row(NEW_MEMORY, 0, pageUs)], [{ ...FAST, dependsOn }]).map(
        ({ isFar, isJudged }) => isFar && isJudged,
      )
    expect([judged(0.3, 'memory'), judged(17, 'memory')]).toEqual([[true], [false]])
    expect(judged(0.3, 'kernel')).toEqual([false])
  })

  test('measures a value by itself where the target says so', () => {
    expect(far([row('rate', 1, 50)], { id: 'rate', of: 'value', atMost: 40 })).toEqual([false])
  })

  test('takes less than nothing for less', () => {
    expect(misses([row('more', 1, -1)], [{ id: 'more', of: 'value', atMost: 0 }])).toEqual([])
  })

  test('is silent about what was not measured', () => {
    expect(misses([], [...TARGETS, ...pingTargets(false)])).toEqual([])
  })
})

test('rounded() keeps three digits and groups the big ones', () => {
  expect([0, 0.123, 1.234, 12.34, 123.4, 54_321.6, undefined].map(rounded)).toEqual([
    '0.00',
    '0.12',
    '1.23',
    '12.3',
    '123',
    '54 322',
    '–',
  ])
})

test('table() is Markdown', () => {
  expect(table([row('ping', 20, 10)])).toBe(
    '| | C agent | qga | ratio |\n|---|--:|--:|--:|\n| ping | 20.0 | 10.0 | 0.50 |',
  )
})

test('listOfMisses() names target and value', () => {
  const missed = misses([row('ping.median', 10, 20)], pingTargets(false))
  expect(listOfMisses(missed)).toBe(
    'Targets not reached:\n- ping.median: ratio 2.00, target at most 0.75, below two thirds of it',
  )
  expect(listOfMisses([])).toBe('All targets are reached.')
})
