// SPDX-License-Identifier: Apache-2.0
/** What becomes of rules on this machine. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import type { Finding, RuledPlaces } from '../../../src/admin/administration.ts'
import type { Config } from '../../../src/config.ts'
import { foreignPart } from '../ownership.ts'

export const places: RuledPlaces = {
  realPath: (path) => (existsSync(path) ? realpathSync(path) : undefined),
  foreignProgram: foreignPart,
}

export function hardLinks(config: Config): readonly Finding[] {
  const keys = ['allow-file-read', 'allow-file-write'] as const
  if (keys.every((key) => (config[key] ?? []).length === 0)) return []
  if (readFileSync('/proc/sys/fs/protected_hardlinks', 'latin1').trim() === '1') return []
  const text =
    'fs.protected_hardlinks is 0: files with several names are refused where there is a rule'
  return [{ about: 'rules', level: 'warning', text }]
}
