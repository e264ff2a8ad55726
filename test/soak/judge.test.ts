// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { judge, LONG, SHORT } from './judge.ts'
import type { Held, Report } from './soak.ts'

const HELD: Held = { descriptors: 6, threads: 7, children: 0, anonymousKiB: 20_000 }
const GOOD: Report = {
  calls: 1000,
  failures: 0,
  before: HELD,
  after: HELD,
  firstKiB: 70_000,
  lastKiB: 72_000,
}

describe.each([
  ['a long run', LONG],
  ['a short run', SHORT],
])('the judge of %s', (_, allowance) => {
  test('has nothing to say when nothing is left behind', () => {
    expect(judge(GOOD, allowance)).toEqual([])
    expect(judge({ ...GOOD, lastKiB: 60_000 }, allowance)).toEqual([])
  })

  test.each([
    ['descriptors', 7, 'descriptors: 6 after the warm-up, 7 at the end'],
    ['descriptors', 5, 'descriptors: 6 after the warm-up, 5 at the end'],
    ['threads', 8, 'threads: 7 after the warm-up, 8 at the end'],
    ['children', 1, 'children: 0 after the warm-up, 1 at the end'],
  ])('sees other %s: %d', (name, number, told) => {
    expect(judge({ ...GOOD, after: { ...HELD, [name]: number } }, allowance)).toEqual([told])
  })

  test('sees a call that failed', () => {
    expect(judge({ ...GOOD, failures: 1 }, allowance)).toEqual(['1 of 1000 calls failed'])
  })

  test('sees memory that grows while it works', () => {
    const [told, ...others] = judge({ ...GOOD, lastKiB: 99_400 }, allowance)
    expect(told).toStartWith('resident memory: 70000 KiB, then 99400 KiB, 42.00 % more where ')
    expect(others).toEqual([])
  })

  test('sees that there is no figure', () => {
    expect(judge({ ...GOOD, lastKiB: Number.NaN }, allowance)).toHaveLength(1)
    const after = { ...HELD, anonymousKiB: Number.NaN }
    expect(judge({ ...GOOD, after }, allowance)).toHaveLength(1)
  })

  test('tells all that is wrong', () => {
    const after = { ...HELD, descriptors: 7, threads: 8, children: 1 }
    expect(judge({ ...GOOD, after, failures: 2, lastKiB: 99_400 }, allowance)).toHaveLength(5)
  })
})

test('a long run may take 5 % more, and no more', () => {
  expect(judge({ ...GOOD, firstKiB: 1000, lastKiB: 1050 }, LONG)).toEqual([])
  expect(judge({ ...GOOD, firstKiB: 1000, lastKiB: 1051 }, LONG)).toEqual([
    'resident memory: 1000 KiB, then 1051 KiB, 5.10 % more where 5.00 % may be',
  ])
})

test.each([
  [5, SHORT],
  [3, LONG],
])('a run may hold %d MiB more at rest, and no more', (mib, allowance) => {
  const grown = (more: number) => ({
    ...GOOD,
    after: { ...HELD, anonymousKiB: HELD.anonymousKiB + more },
  })
  const most = mib * 1024
  expect(judge(grown(most), allowance)).toEqual([])
  expect(judge(grown(most + 1), allowance)).toEqual([
    `memory at rest: 20000 KiB, then ${20_001 + most} KiB, ${most + 1} KiB more where ${most} may be`,
  ])
})
