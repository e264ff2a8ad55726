// SPDX-License-Identifier: Apache-2.0
/** --dump-conf: the settings as a configuration file, byte for byte as the reference agent writes it. */
import { CONFIG_KEYS, type Settings } from './config.ts'
import { escapeKeyFileString } from './key-file.ts'

/** Takes the settings rather than the Config, which has a value for every key, set or not. */
export function dumpConf(settings: Settings): string {
  const lines = CONFIG_KEYS.flatMap((key) => {
    const value = settings[key]
    return value === undefined ? [] : [`${key}=${spelled(value)}\n`]
  })
  return `[general]\n${lines.join('')}`
}

function spelled(value: string | boolean | readonly string[]): string {
  if (typeof value === 'boolean') return String(value)
  return escapeKeyFileString(typeof value === 'string' ? value : value.join(','))
}
