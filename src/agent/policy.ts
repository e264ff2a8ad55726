// SPDX-License-Identifier: Apache-2.0
/** Which of the existing commands may run now: the administrator's lists and rules, and the rule while frozen. */
import type { Command, Permit } from '../schema/command.ts'
import { permitFor, type Rules } from './rules.ts'

export interface Lists {
  /** Absent: everything is allowed. */
  readonly allow?: readonly string[]
  readonly block: readonly string[]
}

export class Policy {
  readonly #allow: ReadonlySet<string> | undefined
  readonly #block: ReadonlySet<string>
  readonly #rules: Rules | undefined
  /** Set by whoever freezes; only commands declared `whileFrozen` run until it is cleared. */
  isFrozen = false

  constructor(lists: Lists, rules?: Rules) {
    this.#rules = rules
    this.#allow = lists.allow && new Set(lists.allow)
    this.#block = new Set(lists.block)
  }

  isEnabled(command: Command): boolean {
    if (this.isFrozen) return command.whileFrozen === true
    const isAllowed = this.#allow === undefined || this.#allow.has(command.name)
    return isAllowed && !this.#block.has(command.name)
  }

  /** @throws CommandUnavailable when the arguments alone are against a rule */
  permitFor(command: Command, args: object): Permit | undefined {
    return this.#rules && permitFor(this.#rules, command, args)
  }
}

/** The names in the lists that no version of the contract knows: a misspelling protects nothing. */
export function unknownNames(lists: Lists, contract: readonly Command[]): string[] {
  const known = new Set(contract.map(({ name }) => name))
  return [...(lists.allow ?? []), ...lists.block].filter((name) => !known.has(name))
}
