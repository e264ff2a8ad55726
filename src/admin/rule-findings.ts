// SPDX-License-Identifier: Apache-2.0
/** The rules for arguments, as `qga doctor` shows them. */
import type { RuleKey } from '../agent/rules.ts'
import type { Config, RuleForms } from '../config.ts'
import type { Finding, RuledPlaces } from './administration.ts'

const KEYS = [
  'allow-file-read',
  'allow-file-write',
  'allow-exec',
  'allow-users',
] as const satisfies readonly RuleKey[]

/** What the rules are judged by, beside themselves. */
export interface RuleSetting {
  readonly forms: RuleForms
  /** Whether a command may run at all. */
  isEnabled(command: string): boolean
  /** What decides over the agent: whoever writes it decides over the rules. */
  readonly ownFiles: readonly string[]
}

export function ruleFindings(config: Config | undefined, setting: RuleSetting): readonly Finding[] {
  if (config === undefined) return []
  const present = KEYS.filter((key) => config[key] !== undefined)
  const shown = present.map((key): Finding => {
    const list = config[key] ?? []
    const text = `${key}: ${list.length === 0 ? 'nothing' : list.join(', ')}`
    return { about: 'rules', level: 'ok', text }
  })
  return present.length === 0 ? [] : [...shown, ...waysRound(config, setting).map(warning)]
}

/** How a command that no rule is about does what the rules refuse. */
function waysRound(config: Config, { forms, isEnabled, ownFiles }: RuleSetting): readonly string[] {
  const { 'allow-exec': programs, 'allow-file-write': written } = config
  const found: string[] = []
  if (programs === undefined && isEnabled('guest-exec'))
    found.push('guest-exec may run any program, which can do what the other rules refuse')
  if (!isEnabled('guest-file-open')) return found
  if (written === undefined) {
    found.push('guest-file-open may write any file, programs and the configuration too')
    return found
  }
  const isWritten = (path: string) => written.some((entry) => forms.covers(entry, path))
  // All that lies below one directory, or above the other, is in both.
  const isShared = (entry: string) =>
    isWritten(entry) || written.some((other) => forms.covers(entry, other))
  const runs = isEnabled('guest-exec') ? (programs ?? []).filter(isShared) : []
  for (const entry of runs)
    found.push(`allow-file-write lets ${entry} be written, which may be run`)
  for (const path of ownFiles.filter(isWritten))
    found.push(`allow-file-write lets ${path} be written, which decides over the agent`)
  return found
}

/** Rules that will match nothing, and programs that they allow although others could replace them. */
export async function ruleDoubts(
  config: Config,
  forms: RuleForms,
  { realPath, foreignProgram }: RuledPlaces,
): Promise<readonly Finding[]> {
  const texts: string[] = []
  for (const key of ['allow-file-read', 'allow-file-write', 'allow-exec'] as const) {
    for (const entry of config[key] ?? []) {
      const [, path = '', end = ''] = /^(.*?)([/\\]?)$/s.exec(entry) ?? []
      const real = await realPath(path === '' ? entry : path)
      const isOther = real !== undefined && path !== '' && !forms.covers(entry, real + end)
      if (isOther) texts.push(`${key}: ${entry} matches nothing, for it is ${real}${end}`)
      const foreign = key === 'allow-exec' ? foreignProgram(entry) : undefined
      if (foreign !== undefined) texts.push(`${key}: ${entry} is refused: ${foreign}`)
    }
  }
  return texts.map(warning)
}

function warning(text: string): Finding {
  return { about: 'rules', level: 'warning', text }
}
