// SPDX-License-Identifier: Apache-2.0
/** The commands that exist in this process: declared, possible on this system, and with a handler. */
import type { Command, Permit } from '../schema/command.ts'
import { holds } from '../schema/condition.ts'

/** A handler as dispatch sees it: the contract has checked the arguments, the types checked the backend. */
export type AnyHandler = (args: never, permit?: Permit) => unknown

export interface Registered {
  readonly command: Command
  readonly handler: AnyHandler
}

/** By name, in the contract's order. */
export type Registry = ReadonlyMap<string, Registered>

/**
 * @param handlers by command name; a command without one is pending and does not exist yet
 * @param symbols the QAPI symbols that are true here
 */
export function createRegistry(
  contract: readonly Command[],
  handlers: Readonly<Record<string, AnyHandler>>,
  symbols: ReadonlySet<string>,
): Registry {
  const registry = new Map<string, Registered>()
  for (const command of contract) {
    const handler = Object.hasOwn(handlers, command.name) ? handlers[command.name] : undefined
    if (handler !== undefined && holds(command.if, symbols)) {
      registry.set(command.name, { command, handler })
    }
  }
  return registry
}
