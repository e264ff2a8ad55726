// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { type Lists, Policy, unknownNames } from '../../src/agent/policy.ts'
import { createRegistry } from '../../src/agent/registry.ts'
import { guestPing } from '../../src/schema/agent.ts'
import { contract } from '../../src/schema/contract.ts'
import { guestExec } from '../../src/schema/exec.ts'
import { guestFsfreezeFreeze } from '../../src/schema/fsfreeze.ts'

function enabled(lists: Lists, isFrozen = false): string[] {
  const policy = new Policy(lists)
  policy.isFrozen = isFrozen
  return [guestPing, guestExec].filter((c) => policy.isEnabled(c)).map(({ name }) => name)
}

describe('Policy', () => {
  test('allows everything without lists', () => {
    expect(enabled({ block: [] })).toEqual(['guest-ping', 'guest-exec'])
  })

  test('allows only what an allow list names, and never what the block list names', () => {
    expect(enabled({ allow: ['guest-exec'], block: [] })).toEqual(['guest-exec'])
    expect(enabled({ allow: ['guest-exec'], block: ['guest-exec'] })).toEqual([])
    expect(enabled({ block: ['guest-exec'] })).toEqual(['guest-ping'])
  })

  test('allows nothing when an allow list names only what does not exist', () => {
    expect(enabled({ allow: ['guest-pong'], block: [] })).toEqual([])
  })

  test('allows exactly the safe commands while frozen, whatever the lists say', () => {
    expect(enabled({ allow: ['guest-exec'], block: ['guest-ping'] }, true)).toEqual(['guest-ping'])
  })
})

test('unknownNames() finds misspellings in both lists', () => {
  const lists = { allow: ['guest-ping', 'guest-pnig'], block: ['guest-exce', 'guest-exec'] }
  expect(unknownNames(lists, contract)).toEqual(['guest-pnig', 'guest-exce'])
})

describe('createRegistry()', () => {
  const handlers = { 'guest-ping': () => ({}), 'guest-fsfreeze-freeze': () => 0 }
  const names = (symbols: string[]) => [
    ...createRegistry(contract, handlers, new Set(symbols)).keys(),
  ]

  test("has the commands with a handler whose condition holds, in the contract's order", () => {
    expect(names(['CONFIG_FSFREEZE'])).toEqual([guestPing.name, guestFsfreezeFreeze.name])
  })

  test('has no command whose symbol is off', () => {
    expect(names([])).toEqual([guestPing.name])
  })
})
