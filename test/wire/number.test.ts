// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { NumberText } from '../../src/wire/number.ts'
import { comparable, read, readOne } from './read.ts'

test.each([
  ['0', 0],
  ['-0', 0],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['9007199254740993', 9007199254740993n],
  ['-9223372036854775808', -9223372036854775808n],
  ['18446744073709551615', 18446744073709551615n],
])('the integer %s keeps its value', (text, value) => {
  expect(readOne(`[${text}]`)).toEqual([value])
})

test.each(['18446744073709551616', '-9223372036854775809', '1.0', '0.10', '1e3', '-0.0', '1E-400'])(
  'the number %s keeps its spelling',
  (text) => {
    expect(readOne(`[${text}]`)).toEqual([new NumberText(text)])
  },
)

test.each(['01', '1.', '1.e3', '-', '-a', '1e', '1e+', '.5', '+1', '0x10', 'NaN'])(
  '%s is no number',
  (text) => {
    expect(String(comparable(read([`[${text}]`])[0]))).toContain('JSON parse error')
  },
)

test('an exponent behind a lone 0 is a word of its own, as upstream reads it', () => {
  expect(read(['0e1\n']).map(comparable)).toEqual([
    0,
    "1:3: JSON parse error, invalid keyword 'e'",
    1,
  ])
})
