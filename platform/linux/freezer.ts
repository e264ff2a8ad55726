// SPDX-License-Identifier: Apache-2.0
/**
 * The process that freezes and thaws, and, started a second time, the one that watches over a
 * freeze. Both open everything first: between the first FIFREEZE and the last FITHAW they open,
 * write and start nothing.
 */
import * as fs from 'node:fs'
import {
  freezeFileSystem,
  thawFileSystem,
  thawFileSystemNow,
  trimFileSystem,
} from '../../native/file-system.ts'
import { loadKoffi } from '../../native/koffi.ts'
import { ignoreSignal } from '../../native/wait.ts'
import { prepareWorkPool } from '../../native/work-pool.ts'
import { attempt, errnoError } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'
import type { FreezerOrder, Frozen, Thawed, Trimmed } from './freezer-orders.ts'
import { HelperPort } from './helper-port.ts'
import { type Mount, readMounts } from './mounts.ts'
import { freezeGroups } from './stacking.ts'
import { watch } from './watchdog.ts'

const SIGHUP = 1
const SIGINT = 2
const SIGTERM = 15
const EINVAL = 22
const EBUSY = 16
const ENOTTY = 25
const EOPNOTSUPP = 95
const { O_RDONLY, O_DIRECTORY } = fs.constants
const O_CLOEXEC = 0o2000000

interface Opened {
  readonly name: string
  readonly device: string
  readonly fd: number
  /** By us, and not thawed by us. */
  isFrozen: boolean
}

/** Serves the agent until it closes the socket. */
export async function runFreezer(): Promise<void> {
  // File systems may be frozen already: those of an agent before this one, or others'.
  loadKoffi(true)
  prepareWorkPool()
  // The agent alone decides when to stop, also when a service manager signals all processes.
  for (const signal of [SIGHUP, SIGINT, SIGTERM]) ignoreSignal(signal)
  const port = new HelperPort()
  let groups: readonly (readonly Opened[])[] = []
  for (;;) {
    const order = port.receive(-1) as FreezerOrder | undefined
    if (order === undefined) return
    switch (order.order) {
      case 'open':
        port.answer(() => {
          groups = open(order.mountPoints)
          return null
        })
        break
      case 'freeze':
        await port.answerLater(freeze(groups))
        break
      case 'thaw':
        await port.answerLater(thaw(groups))
        break
      case 'thaw-others':
        port.answer(() => thawOthers(groups.flat()))
        break
      case 'trim':
        port.answer(() => trim(BigInt(order.minimum)))
        break
      case 'watch':
        await watch(port, order, () => thawAll(groups.flat()))
        return
      case 'end':
        return
      case 'frozen':
        break
    }
  }
}

/**
 * In the groups in which they can be frozen.
 * @throws OsError in upstream's words
 */
function open(mountPoints: readonly string[] | undefined): readonly (readonly Opened[])[] {
  const mounts = readMounts(() => {})
  const chosen = mountPoints === undefined ? mounts : mounts.filter(isAmong(mountPoints))
  const opened: Opened[] = []
  try {
    return freezeGroups(chosen).map((group) =>
      group.map((mount) => {
        const one = openMount(mount)
        opened.push(one)
        return one
      }),
    )
  } catch (error) {
    for (const { fd } of opened) fs.closeSync(fd)
    throw error
  }
}

/** By any of the places where it is mounted, with or without a slash at the end, also through links. */
function isAmong(names: readonly string[]): (mount: Mount) => boolean {
  const wanted = new Set(names.flatMap((name) => [withoutSlash(name), withoutLinks(name)]))
  return ({ mountPoint, others }) =>
    [mountPoint, ...others].some((place) => wanted.has(String(place)))
}

function withoutSlash(name: string): string {
  return name.length > 1 && name.endsWith('/') ? name.slice(0, -1) : name
}

/** The name itself when it leads nowhere: such names are passed over, as upstream does. */
function withoutLinks(name: string): string {
  try {
    return fs.realpathSync(name)
  } catch {
    return name
  }
}

function openMount({ mountPoint, name, major, minor }: Mount): Opened {
  const fd = attempt(`failed to open ${name}`, () => openDirectory(mountPoint))
  return { name, device: `${major}:${minor}`, fd, isFrozen: false }
}

function openDirectory(path: Buffer): number {
  return fs.openSync(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
}

/**
 * Up to the first group with one that cannot be frozen. A group at once, for most of a freeze is
 * waiting. Those that others have frozen, or that know no freeze, do not count.
 */
async function freeze(groups: readonly (readonly Opened[])[]): Promise<Frozen> {
  let count = 0
  for (const group of groups) {
    const errnos = await Promise.all(group.map(({ fd }) => freezeFileSystem(fd)))
    let failure: OsError | undefined
    group.forEach((one, i) => {
      const errno = errnos[i] as number
      one.isFrozen = errno === 0
      if (one.isFrozen) count++
      else if (errno !== EOPNOTSUPP && errno !== EBUSY) {
        failure ??= errnoError(`failed to freeze ${one.name}`, errno)
      }
    })
    if (failure !== undefined) return { count, failed: failure.message, code: failure.code }
  }
  return { count }
}

/** In reverse, so that what is below takes writes first. */
async function thaw(groups: readonly (readonly Opened[])[]): Promise<Thawed> {
  let count = 0
  const foreign: string[] = []
  let failure: OsError | undefined
  for (const group of groups.toReversed()) {
    const results = await Promise.all(group.map(({ fd }) => thawOne(fd)))
    group.forEach((one, i) => {
      const { wasFrozen, errno } = results[i] as ThawResult
      if (wasFrozen) count++
      if (!one.isFrozen) return
      one.isFrozen = !isNotFrozen(errno)
      if (one.isFrozen) failure ??= errnoError(`failed to thaw ${one.name}`, errno)
      else if (!wasFrozen) foreign.push(one.name)
    })
  }
  return { count, foreign, ...(failure && { failed: failure.message, code: failure.code }) }
}

/** All that is frozen is to be thawed, whoever froze it, as upstream does. */
function thawOthers(opened: readonly Opened[]): Thawed {
  let count = 0
  const known = new Set(opened.map(({ device }) => device))
  for (const { mountPoint, major, minor } of readMounts(() => {})) {
    if (known.has(`${major}:${minor}`)) continue
    let fd: number
    let wasFrozen = false
    try {
      fd = openDirectory(mountPoint)
    } catch {
      continue
    }
    while (thawFileSystemNow(fd) === 0) wasFrozen = true
    if (wasFrozen) count++
    fs.closeSync(fd)
  }
  return { count, foreign: [] }
}

interface ThawResult {
  readonly wasFrozen: boolean
  /** Why there is no more to thaw. */
  readonly errno: number
}

/** Thaws until there is nothing to thaw. */
async function thawOne(fd: number): Promise<ThawResult> {
  let wasFrozen = false
  for (;;) {
    const errno = await thawFileSystem(fd)
    if (errno !== 0) return { wasFrozen, errno }
    wasFrozen = true
  }
}

/** Anything else may be otherwise in a moment; what cannot freeze is not frozen. */
function isNotFrozen(errno: number): boolean {
  return errno === EINVAL || errno === EOPNOTSUPP || errno === ENOTTY
}

/** One go at everything that is open; whether nothing is frozen any more. */
function thawAll(opened: readonly Opened[]): { count: number; isDone: boolean } {
  let count = 0
  let isDone = true
  for (const { fd } of opened.toReversed()) {
    let errno = thawFileSystemNow(fd)
    if (errno === 0) count++
    while (errno === 0) errno = thawFileSystemNow(fd)
    if (!isNotFrozen(errno)) isDone = false
  }
  return { count, isDone }
}

/** The last mounted first, as upstream answers. */
function trim(minimum: bigint): readonly Trimmed[] {
  return readMounts(() => {})
    .map((mount) => trimMount(mount, minimum))
    .reverse()
}

function trimMount({ mountPoint, name }: Mount, minimum: bigint): Trimmed {
  let fd: number
  try {
    fd = attempt('failed to open', () => openDirectory(mountPoint))
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    return { path: name, error: error.message }
  }
  const result = trimFileSystem(fd, minimum)
  fs.closeSync(fd)
  if (result.errno === 0) {
    return { path: name, trimmed: String(result.trimmed), minimum: String(result.minimum) }
  }
  const isUnknown = result.errno === ENOTTY || result.errno === EOPNOTSUPP
  const error = isUnknown
    ? 'trim not supported'
    : errnoError('failed to trim', result.errno).message
  return { path: name, error }
}
