// SPDX-License-Identifier: Apache-2.0
/** Where the entries of the lists of commands come from: the options, or a line of the file. */
import { existsSync, readFileSync } from 'node:fs'
import type { SystemDefaults } from '../config.ts'
import { findConfigPath, readOptions } from '../options.ts'

export interface ListEntry {
  readonly kind: 'block' | 'allow'
  /** `/etc/qemu/qemu-ga.conf:3: block-rpcs` */
  readonly source: string
  readonly names: readonly string[]
}

const KEY = /^[ \t]*(block-rpcs|blacklist|allow-rpcs)[ \t]*=[ \t]*(.*?)\r?$/

/**
 * @param origin what the options are from
 * @param fromEnvironment $QGA_CONF
 */
export function listEntries(
  args: readonly string[],
  origin: string,
  fromEnvironment: string | undefined,
  defaults: SystemDefaults,
): readonly ListEntry[] {
  const path = configPathFor(args, fromEnvironment, defaults)
  const outcome = readOptions('qga', args, defaults)
  const { 'block-rpcs': block, 'allow-rpcs': allow } =
    outcome.kind === 'settings' ? outcome.settings : {}
  return [
    ...(existsSync(path) ? inFile(path) : []),
    ...(Array.isArray(block) ? [{ kind: 'block' as const, source: origin, names: block }] : []),
    ...(Array.isArray(allow) ? [{ kind: 'allow' as const, source: origin, names: allow }] : []),
  ]
}

/** The file that an agent with these options reads. */
export function configPathFor(
  args: readonly string[],
  fromEnvironment: string | undefined,
  defaults: SystemDefaults,
): string {
  return findConfigPath('qga', args, defaults).configPath ?? fromEnvironment ?? defaults.configPath
}

/** Of a key that is there twice the last counts. */
function inFile(path: string): readonly ListEntry[] {
  const entries = new Map<string, ListEntry>()
  let group = ''
  for (const [i, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    group = /^[ \t]*\[([^\]]*)\]/.exec(line)?.[1] ?? group
    const [, key, value] = KEY.exec(line) ?? []
    if (group !== 'general' || key === undefined || value === undefined) continue
    const kind = key === 'allow-rpcs' ? 'allow' : 'block'
    const names = value === '' ? [] : value.split(',')
    entries.set(key, { kind, source: `${path}:${i + 1}: ${key}`, names })
  }
  return [...entries.values()]
}

/** Why a command is refused that the lists refuse. */
export function refusal(name: string, entries: readonly ListEntry[]): string {
  const blocking = entries.filter(({ kind, names }) => kind === 'block' && names.includes(name))
  if (blocking.length > 0) return `blocked by ${sources(blocking)}`
  const allowing = entries.filter(({ kind, names }) => kind === 'allow' && names.length > 0)
  return `not among the allowed of ${sources(allowing)}`
}

function sources(entries: readonly ListEntry[]): string {
  return entries.map(({ source }) => source).join(' and ')
}
