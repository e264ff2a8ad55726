// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { parseDiskstats } from '../../../../platform/linux/parse/diskstats.ts'

describe('parseDiskstats()', () => {
  test('names all counters of a kernel of today', () => {
    const line =
      '   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n 253       0 dm-0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n'
    const [sda1, dm0] = parseDiskstats(line)
    expect(sda1).toEqual({
      name: 'sda1',
      major: 8,
      minor: 1,
      stats: {
        'read-ios': 1,
        'read-merges': 2,
        'read-sectors': 3,
        'read-ticks': 4,
        'write-ios': 5,
        'write-merges': 6,
        'write-sectors': 7,
        'write-ticks': 8,
        'ios-pgr': 9,
        'total-ticks': 10,
        'weight-ticks': 11,
        'discard-ios': 12,
        'discard-merges': 13,
        'discard-sectors': 14,
        'discard-ticks': 15,
        'flush-ios': 16,
        'flush-ticks': 17,
      },
    })
    expect(dm0?.name).toBe('dm-0')
  })

  /** Members by how many counters a line has. */
  test.each([
    [4, 4],
    [5, 0],
    [10, 0],
    [11, 11],
    [14, 11],
    [15, 15],
    [16, 15],
    [17, 17],
    [20, 17],
  ])('a line with %d counters has %d that can be named', (counters, members) => {
    const line = `8 0 sda ${Array(counters).fill('7').join(' ')}`
    const [sda] = parseDiskstats(line)
    expect(Object.values(sda?.stats ?? {})).toEqual(Array(members).fill(7))
  })

  test('the four of an old partition are reads and writes', () => {
    expect(parseDiskstats('   3    1 hda1 35486 38030 1 2\n')[0]?.stats).toEqual({
      'read-ios': 35486,
      'read-sectors': 38030,
      'write-ios': 1,
      'write-sectors': 2,
    })
  })

  test('blanks at the end of a line are no counter', () => {
    expect(parseDiskstats('8 0 sda 1 2 3 4 \t\n')[0]?.stats).toEqual({
      'read-ios': 1,
      'read-sectors': 2,
      'write-ios': 3,
      'write-sectors': 4,
    })
  })

  test.each([
    ...['', '\n', '8 0 sda 1 2 3\n', '8 0\n', '8 0 sda 1 2 x 4\n', '8 0 sda 1 2 -3 4\n'],
    ...['8 0 sda 1 2 3 1234567890123456x\n', 'x 0 sda 1 2 3 4\n', '8 1.5 sda 1 2 3 4\n'],
  ])('passes over %j', (text) => {
    expect(parseDiskstats(text)).toEqual([])
  })

  test('counters keep all their digits', () => {
    const line = `8 0 sda ${Array(17).fill('18446744073709551615').join(' ')}`
    expect(parseDiskstats(line)[0]?.stats['read-sectors']).toBe(18446744073709551615n)
  })
})
