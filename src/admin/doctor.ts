// SPDX-License-Identifier: Apache-2.0
/** `qga doctor`: what the agent would find here, and whether that is enough for a backup. */
import type { Backend } from '../agent/backend.ts'
import { Policy, unknownNames } from '../agent/policy.ts'
import { commandNames, listsOf } from '../commands.ts'
import type { Config } from '../config.ts'
import { contract } from '../schema/contract.ts'
import { startup } from '../startup.ts'
import { VERSION_LINE } from '../version.ts'
import type { Administration, Examination, Finding } from './administration.ts'
import { configPathFor, type ListEntry, listEntries, refusal } from './list-sources.ts'
import { plainReason } from './plain-reason.ts'
import { profileAt } from './profiles.ts'
import { ruleDoubts, ruleFindings } from './rule-findings.ts'

/** What a backup asks for. */
const NEEDED = ['guest-fsfreeze-status', 'guest-fsfreeze-freeze', 'guest-fsfreeze-thaw']

interface CommandState {
  readonly name: string
  readonly enabled: boolean
  /** Why it is not. */
  readonly reason?: string
}

interface Report {
  readonly ready: boolean
  readonly verdict: string
  readonly findings: readonly Finding[]
  readonly config: Config | null
  readonly symbols: readonly string[]
  readonly commands: readonly CommandState[]
  readonly freeze: Examination['freeze']
}

/**
 * @param given the options of the agent to judge; those of the service when empty
 * @returns the exit code
 */
export async function doctor(
  backend: Backend,
  { setup, places, examine }: Administration,
  given: readonly string[],
  isJson: boolean,
  print: (line: string) => void,
): Promise<number> {
  const service = setup.serviceOptions('')
  const [args, origin] = given.length > 0 ? [given, 'the options'] : [service.args, service.path]
  const fromEnvironment = process.env['QGA_CONF']
  const { defaults } = backend
  const configPath = configPathFor(args, fromEnvironment, defaults)
  const start = startup({
    program: 'qga',
    args,
    configPath: fromEnvironment,
    defaults,
    versionLine: VERSION_LINE,
    pid: process.pid,
    foreignPart: backend.foreignPart,
  })
  const config = start.kind === 'run' ? start.config : undefined
  const entries = listEntries(args, origin, fromEnvironment, defaults)
  const commands = commandStates(backend, config, entries)
  const { findings: seen, freeze } = await examine(config)
  const findings: Finding[] = [
    start.kind === 'run'
      ? { about: 'configuration', level: 'ok', text: `can be used (options from ${origin})` }
      : { about: 'configuration', level: 'missing', text: plainReason(start) },
    ...(start.kind === 'run' ? start.warnings : []).map(warning('configuration')),
    ...profile(configPath),
    ...unknown(config, entries).map(warning('lists')),
    ...ruleFindings(config, {
      forms: defaults.ruleForms,
      isEnabled: (command) => commands.some(({ name, enabled }) => enabled && name === command),
      ownFiles: [configPath, config?.['fsfreeze-hook'] ?? ''],
    }),
    ...(config === undefined ? [] : await ruleDoubts(config, defaults.ruleForms, places)),
    ...seen,
    ...commands.flatMap(lacking),
  ]
  const missing = findings.filter(({ level }) => level === 'missing')
  const ready = missing.length === 0
  const verdict = ready
    ? 'ready for backups'
    : `not ready for backups: ${missing.map(({ about, text }) => `${about}: ${text}`).join('; ')}`
  const symbols = [...backend.symbols()].sort()
  const report = { ready, verdict, findings, config: config ?? null, symbols, commands, freeze }
  for (const line of isJson ? [JSON.stringify(report)] : lines(report)) print(line)
  return ready ? 0 : 1
}

function warning(about: string): (text: string) => Finding {
  return (text) => ({ about, level: 'warning', text })
}

function profile(path: string): readonly Finding[] {
  const written = profileAt(path)
  if (written === undefined) return []
  const { name, isChanged } = written
  return isChanged
    ? [{ about: 'profile', level: 'warning', text: `${name}, but ${path} has been changed since` }]
    : [{ about: 'profile', level: 'ok', text: `${name} (${path})` }]
}

function unknown(config: Config | undefined, entries: readonly ListEntry[]): readonly string[] {
  if (config === undefined) return []
  return unknownNames(listsOf(config), contract).map((name) => {
    const source = entries.find(({ names }) => names.includes(name))?.source ?? 'the lists'
    return `${source}: no command is called "${name}"`
  })
}

function commandStates(
  backend: Backend,
  config: Config | undefined,
  entries: readonly ListEntry[],
): readonly CommandState[] {
  const existing = new Set(commandNames(backend))
  const policy = new Policy(config === undefined ? { block: [] } : listsOf(config))
  return contract.map((command): CommandState => {
    const { name } = command
    if (!existing.has(name)) return { name, enabled: false, reason: 'does not exist here' }
    return policy.isEnabled(command)
      ? { name, enabled: true }
      : { name, enabled: false, reason: refusal(name, entries) }
  })
}

function lacking({ name, enabled, reason }: CommandState): readonly Finding[] {
  return enabled || !NEEDED.includes(name)
    ? []
    : [{ about: name, level: 'missing', text: reason ?? 'not enabled' }]
}

function lines({ findings, symbols, commands, freeze, verdict }: Report): readonly string[] {
  const refused = commands.filter(({ enabled }) => !enabled)
  return [
    ...findings.map(({ about, level, text }) => `${level.padEnd(7)}  ${about}: ${text}`),
    '',
    `symbols: ${symbols.join(' ')}`,
    `commands: ${commands.length - refused.length} of ${commands.length} enabled`,
    ...refused.map(({ name, reason }) => `  ${name}: ${reason}`),
    `a freeze covers, in this order: ${freeze.covered.length === 0 ? 'nothing' : ''}`.trimEnd(),
    ...freeze.covered.map(({ mountpoint, type }) => `  ${mountpoint} (${type})`),
    ...(freeze.skipped.length === 0 ? [] : ['and leaves out:']),
    ...freeze.skipped.map(({ mountpoint, type, reason }) => `  ${mountpoint} (${type}): ${reason}`),
    '',
    verdict,
  ]
}
