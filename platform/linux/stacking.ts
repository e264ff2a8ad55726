// SPDX-License-Identifier: Apache-2.0
/**
 * The order in which file systems can be frozen. One that lies on another, through a loop device,
 * device-mapper or md, has to be flushed while the one below it still takes writes.
 */
import * as fs from 'node:fs'
import { loopBackingDevice } from '../../native/file-system.ts'
import type { Mount } from './mounts.ts'
import { deviceNumbers } from './parse/device-number.ts'

/** What is read of the system; tests bring their own. */
export interface StackSources {
  /** The real directory of a device in sysfs; undefined when there is none. */
  directory(path: string): string | undefined
  names(directory: string): readonly string[]
  /** The content of a file; undefined when there is none. */
  read(path: string): string | undefined
  /** st_dev of the file below a loop device, `loop0`, as `major:minor`; undefined when it cannot be asked. */
  deviceBelow(loop: string): string | undefined
}

/** The last mounted first, but whatever lies on another before that. */
export function freezeOrder(
  mounts: readonly Mount[],
  sources: StackSources = SYSTEM,
): readonly Mount[] {
  const upper = new Map<Mount, Mount[]>()
  for (const mount of mounts) {
    for (const backing of backings(`/sys/dev/block/${mount.major}:${mount.minor}`, sources)) {
      const lower = holderOf(backing, mounts)
      if (lower !== undefined) upper.set(lower, [...(upper.get(lower) ?? []), mount])
    }
  }
  const ordered = new Set<Mount>()
  const visited = new Set<Mount>()
  const add = (mount: Mount) => {
    if (visited.has(mount)) return
    visited.add(mount)
    for (const one of upper.get(mount) ?? []) add(one)
    ordered.add(mount)
  }
  for (const mount of mounts.toReversed()) add(mount)
  return [...ordered]
}

/** What a loop device lies in. */
interface Backing {
  readonly file: string
  readonly device: string | undefined
}

/** Of the loop devices that a device is made of, however deep. */
function backings(device: string, sources: StackSources): Backing[] {
  const directory = sources.directory(device)
  if (directory === undefined) return []
  const isPartition = sources.read(`${directory}/partition`) !== undefined
  const disk = isPartition ? `${directory}/..` : directory
  const file = sources.read(`${disk}/loop/backing_file`)
  const slaves = sources.names(`${disk}/slaves`)
  return [
    ...(file === undefined
      ? []
      : [{ file: file.trimEnd(), device: sources.deviceBelow(nameOf(directory, isPartition)) }]),
    ...slaves.flatMap((name) => backings(`${disk}/slaves/${name}`, sources)),
  ]
}

/** The directory of a partition lies in that of its disk. */
function nameOf(directory: string, isPartition: boolean): string {
  return directory.split('/').at(isPartition ? -2 : -1) as string
}

/**
 * By device number, for the file's name may be that of another mount meanwhile; by name where the
 * number says nothing, as that of btrfs, which is not its device's.
 */
function holderOf({ file, device }: Backing, mounts: readonly Mount[]): Mount | undefined {
  const byNumber = mounts.find(({ major, minor }) => device === `${major}:${minor}`)
  if (byNumber !== undefined) return byNumber
  let best: { mount: Mount; length: number } | undefined
  for (const mount of mounts) {
    for (const place of [mount.mountPoint, ...mount.others].map(String)) {
      const isWithin = place === '/' || file === place || file.startsWith(`${place}/`)
      if (isWithin && place.length > (best?.length ?? 0)) best = { mount, length: place.length }
    }
  }
  return best?.mount
}

const SYSTEM: StackSources = {
  directory: (path) => orUndefined(() => fs.realpathSync(path)),
  names: (directory) => orUndefined(() => fs.readdirSync(directory)) ?? [],
  read: (path) => orUndefined(() => fs.readFileSync(path, 'utf8')),
  deviceBelow: (loop) =>
    orUndefined(() => {
      const fd = fs.openSync(`/dev/${loop}`, 'r')
      const device = loopBackingDevice(fd)
      fs.closeSync(fd)
      if (device === undefined) return undefined
      const { major, minor } = deviceNumbers(device)
      return `${major}:${minor}`
    }),
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
