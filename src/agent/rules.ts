// SPDX-License-Identifier: Apache-2.0
/**
 * The administrator's rules for arguments: which files, programs and users a request may name. They are
 * about what is really opened, run or changed; what a name stands for, the system says (Permit).
 */
import type { RuleForms } from '../config.ts'
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

export interface Rules {
  readonly lists: RuleLists
  readonly forms: RuleForms
}

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
export function permitFor(rules: Rules, command: Command, args: object): Permit | undefined {
  const { ruled } = command
  if (ruled === undefined) return undefined
  const { lists, forms } = rules
  const present = USES[ruled.as].filter((use) => lists[KEYS[use]] !== undefined)
  if (present.length === 0) return undefined
  for (const [name, value] of Object.entries(args)) {
    if (ruled.excludes?.includes(name) && value !== undefined) {
      throw disabled(command, `${present.map((use) => KEYS[use])} leaves no room for '${name}'`)
    }
  }
  const given = String((args as Record<string, unknown>)[ruled.argument])
  if (ruled.as === 'user') {
    const isAllowed = lists['allow-users']?.some((entry) => forms.isUser(entry, given)) !== false
    if (!isAllowed) throw disabled(command, outside('allow-users', given))
    return undefined
  }
  return (uses, target) => {
    for (const use of uses) {
      const list = lists[KEYS[use]]
      const reason = list && against(outside(KEYS[use], given), list, forms, given, target)
      if (reason !== undefined) throw disabled(command, reason)
    }
  }
}

function outside(key: RuleKey, given: string): string {
  return `'${given}' is not in ${key}`
}

/**
 * Why a rule does not allow a target. That there is nothing, and where links lead, is told only of what
 * may be named at all: refusals must not show what there is elsewhere.
 */
function against(
  reason: string,
  list: readonly string[],
  forms: RuleForms,
  given: string,
  target: Target | undefined,
): string | undefined {
  const isCovered = (path: string) => list.some((entry) => forms.covers(entry, path))
  const mayBeNamed = forms.isPlain(given) && isCovered(given)
  if (target === undefined) return mayBeNamed ? undefined : reason
  if (isCovered(target.path)) return target.doubt && `'${given}' is not safe: ${target.doubt}`
  return mayBeNamed ? `${reason}: it is '${target.path}'` : reason
}
