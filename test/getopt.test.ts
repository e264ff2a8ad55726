// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { getopt, type OptionSpec } from '../src/getopt.ts'

const table = [
  { short: 'v', long: 'verbose', argument: 'none' },
  { short: 'V', long: 'version', argument: 'none' },
  { short: 'm', long: 'method', argument: 'required' },
  { short: 'F', long: 'hook', argument: 'optional' },
  { short: 's', argument: 'required' },
  { long: 'mode', argument: 'required', exact: true },
] satisfies OptionSpec[]

/** Options as `v` or `m=x`, diagnostics without the name of the program. */
function given(...args: string[]): string[] {
  return getopt('PROG', args, table).given.map((item) => {
    if ('diagnostic' in item) return item.diagnostic.replace(/^PROG: /, '')
    const { short, long } = item.option as OptionSpec
    return item.value === undefined ? `${short}` : `${short ?? long}=${item.value}`
  })
}

describe('getopt()', () => {
  test.each([
    [
      ['-v', '-m', 'x'],
      ['v', 'm=x'],
    ],
    [['-vmx'], ['v', 'm=x']],
    [['-mx=y'], ['m=x=y']],
    [['-m', '--'], ['m=--']],
    [['-m', ''], ['m=']],
    [['-F', 'x'], ['F']],
    [['-Fx'], ['F=x']],
    [['-vF'], ['v', 'F']],
    [['-vFv'], ['v', 'F=v']],
    [['--hook', 'x'], ['F']],
    [['--hook=x'], ['F=x']],
    [['--hook='], ['F=']],
    [['--method', 'x'], ['m=x']],
    [['--method=x=y'], ['m=x=y']],
    [['--method='], ['m=']],
    [['--mode=x'], ['mode=x']],
  ])('takes %j', (args, expected) => expect(given(...args)).toEqual(expected))

  test.each([
    [['-z'], "invalid option -- 'z'"],
    [['-m'], "option requires an argument -- 'm'"],
    [['--bogus=3'], "unrecognized option '--bogus=3'"],
    [['--method'], "option '--method' requires an argument"],
    [['--met'], "option '--method' requires an argument"],
    [['--verb=3'], "option '--verbose' doesn't allow an argument"],
    [['--ver=3'], "option '--ver=3' is ambiguous; possibilities: '--verbose' '--version'"],
  ])('complains about %j', (args, expected) => expect(given(...args)).toEqual([expected]))

  test('puts the name of the program before a complaint', () => {
    expect(getopt('./a b', ['-z'], table).given).toEqual([
      { diagnostic: "./a b: invalid option -- 'z'" },
    ])
  })

  test('goes on after a complaint, inside a bundle too', () => {
    expect(given('-zvq', '--bogus', '-V')).toEqual([
      "invalid option -- 'z'",
      'v',
      "invalid option -- 'q'",
      "unrecognized option '--bogus'",
      'V',
    ])
  })

  test('abbreviates long names, but never to an exact one', () => {
    expect(given('--m', 'x', '--h', '--verb')).toEqual(['m=x', 'F', 'v'])
    expect(given('--mod=x')).toEqual(["unrecognized option '--mod=x'"])
  })

  test('moves operands behind the options, with their arguments', () => {
    const { given: found, permuted } = getopt('PROG', ['a', '-m', 'x', '-', '-v', 'b'], table)
    expect(found).toHaveLength(2)
    expect(permuted).toEqual(['-m', 'x', '-v', 'a', '-', 'b'])
  })

  test('takes nothing after -- for an option', () => {
    const { given: found, permuted } = getopt('PROG', ['a', '--', '-v', '--bogus'], table)
    expect(found).toEqual([])
    expect(permuted).toEqual(['--', 'a', '-v', '--bogus'])
  })
})
