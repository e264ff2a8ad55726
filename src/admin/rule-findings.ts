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

/** @param isEnabled whether a command may run at all */
export function ruleFindings(
  config: Config | undefined,
  isEnabled: (command: string) => boolean,
): readonly Finding[] {
  if (config === undefined) return []
  const about = 'rules'
  const present = KEYS.filter((key) => config[key] !== undefined)
  const shown = present.map((key): Finding => {
    const list = config[key] ?? []
    return {
      about,
      level: 'ok',
      text: `${key}: ${list.length === 0 ? 'nothing' : list.join(', ')}`,
    }
  })
  const isMoot = present.length > 0 && config['allow-exec'] === undefined && isEnabled('guest-exec')
  const text = 'guest-exec may run any program, which can do what the other rules refuse'
  return isMoot ? [...shown, { about, level: 'warning', text }] : shown
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
