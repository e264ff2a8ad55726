// SPDX-License-Identifier: Apache-2.0
/** Rules that will match nothing, and programs that they allow although others could replace them. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import type { Finding } from '../../../src/admin/administration.ts'
import type { Config } from '../../../src/config.ts'
import { foreignPart } from '../ownership.ts'

export function ruleDoubts(config: Config): readonly Finding[] {
  const reads = config['allow-file-read'] ?? []
  const writes = config['allow-file-write'] ?? []
  const programs = config['allow-exec'] ?? []
  const texts = [
    ...reads.flatMap((entry) => otherPath('allow-file-read', entry)),
    ...writes.flatMap((entry) => otherPath('allow-file-write', entry)),
    ...programs.flatMap((entry) => [...otherPath('allow-exec', entry), ...foreignProgram(entry)]),
    ...(reads.length + writes.length > 0 ? hardLinks() : []),
  ]
  return texts.map((text) => ({ about: 'rules', level: 'warning', text }))
}

/** Rules are compared with paths that have no links in them. */
function otherPath(key: string, entry: string): readonly string[] {
  if (!existsSync(entry)) return []
  const real = realpathSync(entry) + (entry.endsWith('/') && entry !== '/' ? '/' : '')
  return real === entry ? [] : [`${key}: ${entry} matches nothing, for it is ${real}`]
}

function foreignProgram(entry: string): readonly string[] {
  const foreign = foreignPart(entry)
  return foreign === undefined ? [] : [`allow-exec: ${entry} is refused: ${foreign}`]
}

function hardLinks(): readonly string[] {
  const isProtected = readFileSync('/proc/sys/fs/protected_hardlinks', 'latin1').trim() === '1'
  return isProtected
    ? []
    : ['fs.protected_hardlinks is 0: files with several names are refused where there is a rule']
}
