// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { createHandlers, symbols, windows } from '../../../platform/windows/backend.ts'
import { createRegistry } from '../../../src/agent/registry.ts'
import { builtInSettings, Config } from '../../../src/config.ts'
import type { Command } from '../../../src/schema/command.ts'
import { holds } from '../../../src/schema/condition.ts'
import { contract } from '../../../src/schema/contract.ts'

const agent = { version: '', commands: () => [], isEnabled: () => true }
const services = {
  agent,
  config: Config.parse(builtInSettings(windows.defaults)),
  whenIdle: () => {},
  nextHandle: () => Promise.resolve(0n),
  account: () => {},
  frozen: { isFrozen: false, markerPath: '', enter: () => Promise.resolve(), leave: () => {} },
  log: { write: () => {} },
  beforeExit: () => {},
}

test('Windows has what the contract says it owes', () => {
  const registry = createRegistry(contract, createHandlers(services), symbols)
  const commands: readonly Command[] = contract
  const owed = commands.filter((command) => holds(command.if, symbols)).map(({ name }) => name)
  expect([...registry.keys()].sort()).toEqual(owed.sort())
  expect(owed).toContain('guest-get-devices')
  expect(owed).not.toContain('guest-set-vcpus')
})
