// SPDX-License-Identifier: Apache-2.0
/** `qga install --profile`: what a host may ask for, as a configuration file that says who wrote it. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { attempt } from '../errno.ts'
import { InvalidArguments } from '../errors.ts'
import type { CommandName } from '../schema/contract.ts'

const MINIMAL = [
  'guest-sync-delimited',
  'guest-sync',
  'guest-ping',
  'guest-info',
  'guest-get-time',
  'guest-get-timezone',
  'guest-get-host-name',
  'guest-get-osinfo',
  'guest-network-get-interfaces',
] as const satisfies readonly CommandName[]

const BACKUP = [
  ...MINIMAL,
  'guest-get-fsinfo',
  'guest-get-disks',
  'guest-fsfreeze-status',
  'guest-fsfreeze-freeze',
  'guest-fsfreeze-freeze-list',
  'guest-fsfreeze-thaw',
  'guest-fstrim',
] as const satisfies readonly CommandName[]

/** The commands that each allows; absent: all. */
export const PROFILES = new Map<string, readonly CommandName[] | undefined>([
  ['minimal', MINIMAL],
  ['backup', BACKUP],
  ['full', undefined],
])

/** `# Profile backup of qga install; changed by hand when the sum of what follows is not 0123456789abcdef.` */
const HEAD =
  /^# Profile (\w+) of qga install; changed by hand when the sum of what follows is not ([0-9a-f]{16})\.\n/

/** The configuration file of a profile. @throws InvalidArguments */
export function profileText(name: string): string {
  if (!PROFILES.has(name)) {
    const known = [...PROFILES.keys()].join(', ')
    throw new InvalidArguments(`--profile knows ${known}, not "${name}"`)
  }
  const body = `\n[general]\n${settings(name)}`
  const head = `# Profile ${name} of qga install; changed by hand when the sum of what follows is not ${sum(body)}.`
  return `${head}\n${body}`
}

function settings(name: string): string {
  const commands = PROFILES.get(name)
  return commands === undefined ? '' : `allow-rpcs=${commands.join(',')}\n`
}

function sum(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16)
}

export interface WrittenProfile {
  readonly name: string
  readonly isChanged: boolean
}

/** The profile that a configuration file was written for; undefined when that was somebody else's work. */
export function profileAt(path: string): WrittenProfile | undefined {
  if (!existsSync(path)) return undefined
  const text = attempt(`Cannot read ${path}`, () => readFileSync(path, 'utf8'))
  const [head, name, written] = HEAD.exec(text) ?? []
  if (head === undefined || name === undefined) return undefined
  return { name, isChanged: sum(text.slice(head.length)) !== written }
}

/** Why a profile's file must not take the place of what is there: somebody has thought about that. */
export function profileObstacle(name: string, path: string): string | undefined {
  const present = profileAt(path)
  if (!existsSync(path) || present?.isChanged === false) return undefined
  const whose =
    present === undefined
      ? 'was not written by a profile'
      : `was written by the profile ${present.name} and changed since`
  const wanted = settings(name).trim() || 'no allow-rpcs and no block-rpcs'
  return `${path} ${whose}, and stays: for the profile ${name} let its group [general] have ${wanted}; or move it away and install again`
}
