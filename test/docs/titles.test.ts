// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { titlesIn } from '../weaknesses/titles.ts'

test.each([
  ["test('a', () => {})", ['a']],
  [`  test(\n    \`a \${f(\`)\`)} b\`,\n  )`, [`a \${f(\`)\`)} b`]],
  ["test('it\\'s (a)', () => {})", ["it\\'s (a)"]],
  ["test.each([['('], ['x']])('a %s', () => {})", ['a %s']],
  ["test.each<[string, () => void]>([\n  // a ) and a '\n  ['x', f],\n])('a', f)", ['a']],
  ["test.if(needs('a'))(\n  'b',\n  f,\n)", ['b']],
  ["test.if(needs('a')).each(['x'] as const)(\"b\", f)", ['b']],
])('titlesIn(%j) are %j', (source, titles) => {
  expect(titlesIn(source)).toEqual(titles)
})

test.each([
  "describe('a', () => {})",
  "describe.each(['a'])('b', () => {})",
  "test.skip('a', f)",
  "test.todo('a')",
  "// test('a', f)",
  "testing('a')",
  "test(name, () => 'a')",
  "expect('a').toBe('b')",
])('titlesIn() finds none in %j', (source) => {
  expect(titlesIn(source)).toEqual([])
})
