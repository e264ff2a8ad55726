// SPDX-License-Identifier: Apache-2.0
/** Installing: everything that stands in the way is told first, then each step is. */
import { existsSync } from 'node:fs'
import type { Backend } from '../agent/backend.ts'
import type { SystemDefaults } from '../config.ts'
import { InvalidArguments } from '../errors.ts'
import { findConfigPath } from '../options.ts'
import { type Startup, startup } from '../startup.ts'
import { VERSION_LINE } from '../version.ts'
import type { Plan, Setup, Step } from './administration.ts'
import { plainReason } from './plain-reason.ts'
import { profileAt, profileObstacle, profileText } from './profiles.ts'

export interface Choice {
  /** Empty: this system. */
  readonly root: string
  readonly isDry: boolean
  readonly managers: readonly string[] | undefined
  readonly isReadOnly: boolean
  readonly onlySettings: boolean
  /** None: the configuration file is left as it is. */
  readonly profile: string | undefined
  /** Options of the service, as typed. */
  readonly given: readonly string[]
}

type Print = (line: string) => void

/** @returns the exit code */
export async function install(
  backend: Backend,
  setup: Setup,
  choice: Choice,
  print: Print,
): Promise<number> {
  const { root, managers, isReadOnly, onlySettings, profile, given } = choice
  const unknown = managers?.find((name) => !setup.managers.includes(name))
  if (unknown !== undefined) {
    throw new InvalidArguments(`--init knows ${setup.managers.join(', ')}, not "${unknown}"`)
  }
  if (given.length > 0 && setup.takesOptions !== true) {
    throw new InvalidArguments(`options of the service are in ${setup.serviceOptions(root).path}`)
  }
  const { defaults } = backend
  const configPath = root + defaults.configPath
  const config = profile && { path: configPath, text: profileText(profile) }
  const earlier = given.length > 0 ? [] : setup.earlierSettings(root)
  const carried = earlier.flatMap(({ args }) => args)
  const refused = earlier.flatMap(({ source, refused: reason }) =>
    reason === undefined ? [] : [`${source}: cannot be carried over: ${reason}`],
  )
  const unfit = earlier.flatMap(({ source, args }) =>
    reasonAgainst(judge(backend, root, args)).map((reason) => `${source}: ${reason}`),
  )
  const present = setup.serviceOptions(root)
  const args = [given, present.args, carried].find(({ length }) => length > 0) ?? []
  const agent = judge(backend, root, args)
  const obstacles = [
    ...setup.obstacles(root, onlySettings),
    ...refused,
    ...(unfit.length > 0 ? unfit : reasonAgainst(agent)),
    ...(profile ? againstProfile(profile, configPath, args, defaults) : []),
  ]
  if (obstacles.length > 0) {
    for (const obstacle of new Set(obstacles)) print(`cannot install: ${obstacle}`)
    return 1
  }
  for (const { source, args } of earlier) {
    if (args.length > 0) print(`carried over: ${source} as ${args.join(' ')}`)
  }
  const isRun = agent.kind === 'run'
  for (const warning of isRun ? agent.warnings : []) print(`note: ${warning}`)
  const usesPort =
    !isRun ||
    (agent.config.method === defaults.method &&
      agent.config.path === defaults.devicePaths['virtio-serial'])
  const options = { root, managers, isReadOnly, onlySettings, carried, given, usesPort }
  const plan = setup.install({ ...options, ...(config && { config }) })
  return await follow(plan, choice.isDry, print)
}

/** @returns the exit code */
export async function uninstall(
  { defaults }: Backend,
  setup: Setup,
  { root, isDry }: Choice,
  print: Print,
): Promise<number> {
  const path = root + defaults.configPath
  const isOurs = profileAt(path)?.isChanged === false
  return await follow(setup.uninstall(root, isOurs ? path : undefined), isDry, print)
}

/** A profile that the agent would not read, or in somebody's way. */
function againstProfile(
  profile: string,
  path: string,
  args: readonly string[],
  defaults: SystemDefaults,
): readonly string[] {
  const { configPath } = findConfigPath('qga', args, defaults)
  if (configPath !== undefined) {
    return [
      `the service reads ${configPath} (--config), where no profile is written: remove that option`,
    ]
  }
  return [profileObstacle(profile, path)].filter((reason) => reason !== undefined)
}

async function follow(plan: Plan, isDry: boolean, print: Print): Promise<number> {
  for (const note of plan.notes) print(`note: ${note}`)
  let hasChanged = false
  for (const step of plan.steps) {
    if (step.isDone()) continue
    hasChanged = true
    await take(step, isDry, print)
  }
  if (!hasChanged) {
    print('nothing to do')
    return 0
  }
  for (const step of plan.afterwards) await take(step, isDry, print)
  return 0
}

async function take(step: Step, isDry: boolean, print: Print): Promise<void> {
  print(isDry ? `would ${step.says}` : step.says)
  if (!isDry) await step.run()
}

/** How the agent would start with these options and the configuration file of that system. */
function judge({ defaults }: Backend, root: string, args: readonly string[]): Startup {
  const file = root + defaults.configPath
  return startup({
    program: 'qga',
    args,
    configPath: existsSync(file) ? file : undefined,
    // Of another system's file this one's must not take the place.
    defaults: { ...defaults, configPath: file },
    versionLine: VERSION_LINE,
    pid: process.pid,
  })
}

function reasonAgainst(start: Startup): readonly string[] {
  if (start.kind !== 'run') return [plainReason(start)]
  return start.config.daemon
    ? ['daemon=true (--daemonize): a service stays in the foreground; remove it']
    : []
}
