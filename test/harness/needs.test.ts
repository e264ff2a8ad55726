// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test } from 'bun:test'
import { needs, toolPath } from './needs.ts'

const ci = process.env['CI']

afterEach(() => {
  if (ci === undefined) delete process.env['CI']
  else process.env['CI'] = ci
})

test('needs() finds tools and files', () => {
  expect([needs('sh'), needs('/dev/null')]).toEqual([true, true])
  expect(toolPath('sh')).toEndWith('/sh')
})

test('needs() keeps what is missing, once', () => {
  delete process.env['CI']
  const missing = new Set<string>()
  expect(needs('no-such-tool', missing)).toBe(false)
  expect(needs('no-such-tool', missing)).toBe(false)
  expect(needs('/no/such/file', missing)).toBe(false)
  expect([...missing]).toEqual(['no-such-tool', '/no/such/file'])
})

test('needs() throws in CI', () => {
  process.env['CI'] = '1'
  expect(() => needs('no-such-tool')).toThrow('CI has to have no-such-tool')
})
