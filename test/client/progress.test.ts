// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { formatBytes, progressLine, type State } from '../../src/client/progress.ts'

const MIB = 1024 * 1024
const half: State = { done: 5 * MIB, total: 10 * MIB, start: 0, elapsedMs: 2000, columns: 79 }

describe('progressLine()', () => {
  test.each<[string, Partial<State>, string]>([
    [
      'half of a copy',
      {},
      ' 50% [==============>              ]  5.0 MiB of 10.0 MiB  2.5 MiB/s  0:02 left',
    ],
    [
      'a narrow terminal without a bar',
      { columns: 50 },
      ' 50%  5.0 MiB of 10.0 MiB  2.5 MiB/s  0:02 left',
    ],
    ['a terminal too narrow for that', { columns: 10 }, ' 50%  5.0 '],
    [
      'the rate of what this run has moved',
      { start: 4 * MIB, columns: 50 },
      ' 50%  5.0 MiB of 10.0 MiB  512.0 KiB/s  0:10 left',
    ],
    [
      'nothing moved yet',
      { done: 0, elapsedMs: 0, columns: 50 },
      '  0% [>       ]  0 B of 10.0 MiB  0 B/s  -:-- left',
    ],
    [
      'how long it took',
      { done: 10 * MIB, elapsedMs: 3_723_000, columns: 50 },
      '100%  10.0 MiB of 10.0 MiB  2.8 KiB/s  in 1:02:03',
    ],
    [
      'an empty file',
      { done: 0, total: 0, columns: 50 },
      '100% [===============]  0 B of 0 B  0 B/s  in 0:02',
    ],
    ['no known end', { total: undefined }, '5.0 MiB  2.5 MiB/s'],
    [
      'a file that grew meanwhile',
      { done: 20 * MIB, columns: 50 },
      '100%  20.0 MiB of 10.0 MiB  10.0 MiB/s  in 0:02',
    ],
  ])('shows %s', (_, change, line) => {
    expect(progressLine({ ...half, ...change })).toBe(line)
  })
})

describe('formatBytes()', () => {
  test.each([
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 * 1024 - 1, '1.0 MiB'],
    [1.5 * 1024 ** 4, '1.5 TiB'],
    [2 ** 60, '1024.0 PiB'],
  ])('%d is %s', (count, text) => {
    expect(formatBytes(count)).toBe(text)
  })
})
