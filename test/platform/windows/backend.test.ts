// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { createHandlers, pending, symbols } from '../../../platform/windows/backend.ts'
import { createRegistry } from '../../../src/agent/registry.ts'
import type { Command } from '../../../src/schema/command.ts'
import { holds } from '../../../src/schema/condition.ts'
import { contract } from '../../../src/schema/contract.ts'

const agent = { version: '', commands: () => [], isEnabled: () => true }

test('what Windows has and what is pending are together what the contract says it owes', () => {
  const registry = createRegistry(contract, createHandlers({ agent }), symbols)
  const commands: readonly Command[] = contract
  const owed = commands.filter((command) => holds(command.if, symbols)).map(({ name }) => name)
  expect([...registry.keys(), ...pending].sort()).toEqual(owed.sort())
  expect(owed).toContain('guest-get-devices')
  expect(owed).not.toContain('guest-set-vcpus')
})
