// SPDX-License-Identifier: Apache-2.0
/**
 * The administrator's rules for arguments: which files, programs and users a request may name. They are
 * about what is really opened, run or changed; what a name stands for, the system says (Permit).
 */
import { CommandUnavailable } from '../errors.ts'
import type { Command, Permit, Target, Use } from '../schema/command.ts'

/** What each lists as allowed; absent allows everything, empty nothing. */
export interface RuleLists {
  readonly 'allow-file-read'?: readonly string[]
  readonly 'allow-file-write'?: readonly string[]
  readonly 'allow-exec'?: readonly string[]
  readonly 'allow-users'?: readonly string[]
}

export type RuleKey = keyof RuleLists

const KEYS = {
  read: 'allow-file-read',
  write: 'allow-file-write',
  run: 'allow-exec',
  change: 'allow-users',
} as const satisfies Record<Use, RuleKey>

const USES = { file: ['read', 'write'], program: ['run'], user: ['change'] } as const

/** Upstream's refusal of a command, with what was against it. */
export function disabled({ name }: Command, reason?: string): CommandUnavailable {
  const refusal = `Command ${name} has been disabled: the command is not allowed`
  return new CommandUnavailable(reason === undefined ? refusal : `${refusal}: ${reason}`)
}

/**
 * What a command's handler has to ask before it acts; undefined when no rule is about it.
 * @throws CommandUnavailable when the arguments alone are against a rule
 */
export function permitFor(rules: RuleLists, command: Command, args: object): Permit | undefined {
  const { ruled } = command
  if (ruled === undefined) return undefined
  const present = USES[ruled.as].filter((use) => rules[KEYS[use]] !== undefined)
  if (present.length === 0) return undefined
  for (const [name, value] of Object.entries(args)) {
    if (ruled.excludes?.includes(name) && value !== undefined) {
      throw disabled(command, `${present.map((use) => KEYS[use])} leaves no room for '${name}'`)
    }
  }
  const given = String((args as Record<string, unknown>)[ruled.argument])
  const permit: Permit = (uses, target) => {
    for (const use of uses) {
      const reason = against(KEYS[use], rules[KEYS[use]], given, target)
      if (reason !== undefined) throw disabled(command, reason)
    }
  }
  if (ruled.as !== 'user') return permit
  permit(present, { path: given })
  return undefined
}

/**
 * Why a rule does not allow a target. That there is nothing, and where links lead, is told only of what
 * may be named at all: refusals must not show what there is elsewhere.
 */
function against(
  key: RuleKey,
  list: readonly string[] | undefined,
  given: string,
  target: Target | undefined,
): string | undefined {
  if (list === undefined) return undefined
  const reason = `'${given}' is not in ${key}`
  const mayBeNamed = !/\/(?:\.{0,2})(?:\/|$)/.test(given) && isCovered(list, given)
  if (target === undefined) return mayBeNamed ? undefined : reason
  if (isCovered(list, target.path)) return target.doubt && `'${given}' is not safe: ${target.doubt}`
  return mayBeNamed ? `${reason}: it is '${target.path}'` : reason
}

/** An entry that ends with a slash is all that lies below it, any other one the one thing of that name. */
function isCovered(list: readonly string[], path: string): boolean {
  return list.some((entry) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry))
}
