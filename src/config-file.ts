// SPDX-License-Identifier: Apache-2.0
/** qemu-ga.conf: which keys of a key file are settings, and what is said about the others. */
import {
  CONFIG_KEYS,
  type ConfigKey,
  formOf,
  mergeSettings,
  OLD_NAMES,
  type Settings,
  splitList,
} from './config.ts'
import { type KeyFile, keyFileBoolean, keyFileString } from './key-file.ts'
import { OPTIONS } from './option-table.ts'

const GROUP = 'general'

export interface FileSettings {
  readonly settings: Settings
  /** What nobody reads. Upstream ignores it without a word, so it cannot stop the start either. */
  readonly warnings: readonly string[]
}

/** `path` is for the warnings. Throws KeyFileError at the first value that its key cannot have. */
export function readConfigFile(file: KeyFile, path: string): FileSettings {
  const general = file.get(GROUP) ?? new Map<string, string>()
  const layers: Settings[] = []
  for (const key of CONFIG_KEYS) {
    for (const name of namesOf(key)) {
      const raw = general.get(name)
      if (raw !== undefined) layers.push({ [key]: interpret(key, name, raw) })
    }
  }
  return { settings: mergeSettings(layers), warnings: strays(file, general, path) }
}

/** Old names first, so that the present one wins. */
function namesOf(key: ConfigKey): string[] {
  const old = Object.entries(OLD_NAMES).filter(([, present]) => present === key)
  return [...old.map(([name]) => name), key]
}

function interpret(key: ConfigKey, name: string, raw: string) {
  const form = formOf(key)
  if (form === 'switch') return keyFileBoolean(name, raw)
  const text = keyFileString(name, raw)
  return form === 'list' ? splitList(text) : text
}

function strays(file: KeyFile, general: ReadonlyMap<string, string>, path: string): string[] {
  const known = new Set<string>(CONFIG_KEYS.flatMap(namesOf))
  const keys = [...general.keys()].filter((key) => !known.has(key))
  const groups = [...file.keys()].filter((group) => group !== GROUP)
  return [
    ...groups.map((group) => `${path}: unknown group [${group.toWellFormed()}] is ignored`),
    ...keys.map((key) => `${path}: unknown key “${key.toWellFormed()}” is ignored${hint(key)}`),
  ]
}

/** An option may be called otherwise than its key: upstream's manual itself has `daemonize`. */
function hint(name: string): string {
  const key = OPTIONS.find(({ long }) => long === name)?.key
  return key === undefined ? '' : `; did you mean “${key}”?`
}
