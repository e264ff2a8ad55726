// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { parseRollup } from '../../bench/memory.ts'
import { parseOptions } from '../../bench/options.ts'
import { parseAllowedList } from '../../bench/pin.ts'
import { takeBase64 } from '../../bench/take-base64.ts'

test('parseRollup() reads MiB', () => {
  const text =
    'Rss:                3584 kB\nPss:                1000 kB\nAnonymous:           256 kB\n'
  expect(parseRollup(text)).toEqual({ resident: 3.5, anonymous: 0.25 })
  expect(() => parseRollup('')).toThrow('no Rss')
})

test('parseAllowedList() tells one core from several', () => {
  const status = (list: string) =>
    `Cpus_allowed:\t3\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`
  expect(parseAllowedList(status('0-1'))).toEqual({ first: '0', isOne: false })
  expect(parseAllowedList(status('2,4'))).toEqual({ first: '2', isOne: false })
  expect(parseAllowedList(status('12'))).toEqual({ first: '12', isOne: true })
})

test('parseOptions() finds commands and splits their words', () => {
  const { against, rounds } = parseOptions(['--agent', 'sh', '--against', 'sh -c :', '--short'])
  expect(against.slice(1)).toEqual(['-c', ':'])
  expect(rounds).toBe(3)
  const wrong = () => parseOptions(['--agent', 'sh', '--against', 'sh', '--rounds', '0'])
  expect(wrong).toThrow('--rounds')
})

describe('takeBase64()', () => {
  const answer = (base64: string) =>
    Buffer.from(`{"return": {"count": 5, "buf-b64": "${base64}", "eof": false}}\n`)

  test('gives the bytes and what stands beside them', () => {
    const { frame, decoded } = takeBase64(answer('aGFsbG8='), 'buf-b64')
    expect(decoded.toString()).toBe('hallo')
    expect(frame).toEqual({ count: 5, 'buf-b64': '', eof: false })
  })

  test('throws when the member is missing or no base64', () => {
    expect(() => takeBase64(answer(''), 'out-data')).toThrow('no out-data')
    expect(() => takeBase64(answer('a*=='), 'buf-b64')).toThrow()
  })
})
