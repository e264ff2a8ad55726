// SPDX-License-Identifier: Apache-2.0
/** The command line: what its options come to, and --help. */
import { formOf, mergeSettings, type Settings, type SystemDefaults, splitList } from './config.ts'
import { getopt } from './getopt.ts'
import { type Option, optionsFor } from './option-table.ts'

export interface FirstScan {
  /** The last -c. */
  readonly configPath?: string
  readonly stderr: string
  /** What the second scan has to be given: getopt moves operands behind the options. */
  readonly args: readonly string[]
}

/** Upstream scans its arguments twice; the first time for the configuration file alone. */
export function findConfigPath(
  program: string,
  args: readonly string[],
  defaults: SystemDefaults,
): FirstScan {
  const { given, permuted } = getopt(program, args, optionsFor(defaults))
  const diagnostics = given.flatMap((item) =>
    'diagnostic' in item ? [`${item.diagnostic}\n`] : [],
  )
  const scan = { stderr: diagnostics.join(''), args: permuted }
  const last = given.findLast((item) => 'option' in item && item.option.action === 'config')
  return last !== undefined && 'value' in last && last.value !== undefined
    ? { ...scan, configPath: last.value }
    : scan
}

export type Outcome =
  | { readonly kind: 'settings'; readonly settings: Settings; readonly isDump: boolean }
  | { readonly kind: 'help' | 'version' | 'list-commands' }
  | { readonly kind: 'service'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'refused'; readonly diagnostic: string }

/** The second scan. It ends at the first option that cannot be taken, or that prints and exits. */
export function readOptions(
  program: string,
  args: readonly string[],
  defaults: SystemDefaults,
): Outcome {
  let settings: Settings = {}
  let isDump = false
  for (const item of getopt(program, args, optionsFor(defaults)).given) {
    if ('diagnostic' in item) return { kind: 'refused', diagnostic: item.diagnostic }
    const { option, value } = item
    if (option.action === 'help' || option.action === 'version') return { kind: option.action }
    if (option.action === 'service')
      return { kind: 'service', command: value ?? '', args: beforeService(args) }
    if (option.action === 'dump-conf') isDump = true
    if (option.key === undefined) continue
    if (formOf(option.key) === 'list' && (value === 'help' || value === '?'))
      return { kind: 'list-commands' }
    settings = mergeSettings([settings, { [option.key]: valueFor(option, value, defaults) }])
  }
  return { kind: 'settings', settings, isDump }
}

/** It acts at once: what comes after it counts for nothing. */
function beforeService(args: readonly string[]): readonly string[] {
  return args.slice(
    0,
    args.findIndex((arg) => /^(-s|--service(=|$))/.test(arg)),
  )
}

function valueFor({ key, argument }: Option, value: string | undefined, defaults: SystemDefaults) {
  if (argument === 'none') return true
  if (value === undefined) return defaults.fsfreezeHook
  return key !== undefined && formOf(key) === 'list' ? splitList(value) : value
}

const HELP_COLUMN = 30
const HELP_WIDTH = 80 - HELP_COLUMN

/** The first two lines are upstream's, for those who look for them; the rest is ours. */
export function helpText(program: string, versionLine: string, defaults: SystemDefaults): string {
  const lines = [`Usage: ${program} [-m <method> -p <path>] [<options>]`, versionLine, '']
  for (const option of optionsFor(defaults)) {
    if (option.help === undefined) continue
    if (option.key !== undefined && defaults.unsupportedKeys?.includes(option.key)) continue
    const text = wrapped(withDefaults(option.help, defaults))
    const names = namesOf(option)
    if (names.length < HELP_COLUMN) text[0] = `${names.padEnd(HELP_COLUMN)}${text[0]?.trimStart()}`
    else lines.push(names)
    lines.push(...text)
  }
  return `${lines.join('\n')}\n`
}

function namesOf({ short, long, argument, value }: Option): string {
  const names = `  ${short === undefined ? '   ' : `-${short},`} --${long}`
  if (argument === 'optional') return `${names}[=${value}]`
  return value === undefined ? names : `${names}=${value}`
}

export function withDefaults(help: string, defaults: SystemDefaults): string {
  const { configPath, fsfreezeHook, devicePaths, method, pidfile, statedir } = defaults
  const values = {
    config: configPath,
    hook: fsfreezeHook,
    method,
    pidfile,
    statedir,
    ...devicePaths,
  }
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`{${name}}`, () => value),
    help,
  )
}

/** Lines indented to the column of the explanations; a longer word has a line of its own. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > HELP_WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map((each) => ' '.repeat(HELP_COLUMN) + each)
}
