// SPDX-License-Identifier: Apache-2.0
/**
 * The order in which file systems can be frozen: one that lies on another, through a loop device,
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

/**
 * Groups of file systems to be frozen one group after the other: whatever lies on another is in an
 * earlier group than that. Within a group the last mounted comes first.
 */
export function freezeGroups(
  mounts: readonly Mount[],
  sources: StackSources = SYSTEM,
): readonly (readonly Mount[])[] {
  const upper = new Map<Mount, Mount[]>()
  mounts.forEach((mount, i) => {
    for (const backing of backings(`/sys/dev/block/${mount.major}:${mount.minor}`, sources)) {
      // A server in this guest has its file on something that was mounted earlier.
      const lower = backing === 'a server' ? mounts.slice(0, i) : holderOf(backing, mounts)
      for (const one of lower) upper.set(one, [...(upper.get(one) ?? []), mount])
    }
  })
  const groupOf = new Map<Mount, number>()
  /** How many lie above one, at most. */
  const depth = (mount: Mount): number => {
    const known = groupOf.get(mount)
    if (known !== undefined) return known
    // Of two that lie on each other one has to be first.
    groupOf.set(mount, 0)
    const above = (upper.get(mount) ?? []).map((one) => depth(one) + 1)
    groupOf.set(mount, Math.max(0, ...above))
    return groupOf.get(mount) as number
  }
  return Object.values(Object.groupBy(mounts.toReversed(), depth)) as Mount[][]
}

/** What a loop device lies in. */
interface Backing {
  readonly file: string
  readonly device: string | undefined
}

/** Block devices over a network, which may end in this guest. */
const SERVED = /\/virtual\/|\/session\d/

/** Of the loop devices that a device is made of, however deep. */
function backings(device: string, sources: StackSources): readonly (Backing | 'a server')[] {
  const directory = sources.directory(device)
  if (directory === undefined) return []
  const isPartition = sources.read(`${directory}/partition`) !== undefined
  const disk = isPartition ? `${directory}/..` : directory
  const file = sources.read(`${disk}/loop/backing_file`)
  if (file !== undefined) {
    return [{ file: file.trimEnd(), device: sources.deviceBelow(nameOf(directory, isPartition)) }]
  }
  const slaves = sources.names(`${disk}/slaves`)
  if (slaves.length > 0) {
    return slaves.flatMap((name) => backings(`${disk}/slaves/${name}`, sources))
  }
  return SERVED.test(directory) ? ['a server'] : []
}

/** The directory of a partition lies in that of its disk. */
function nameOf(directory: string, isPartition: boolean): string {
  return directory.split('/').at(isPartition ? -2 : -1) as string
}

/**
 * By device number, for the file's name may be that of another mount meanwhile; by name where the
 * number says nothing, as that of btrfs, which is not its device's.
 */
function holderOf({ file, device }: Backing, mounts: readonly Mount[]): readonly Mount[] {
  const byNumber = mounts.find(({ major, minor }) => device === `${major}:${minor}`)
  if (byNumber !== undefined) return [byNumber]
  let best: { mount: Mount; length: number } | undefined
  for (const mount of mounts) {
    for (const place of [mount.mountPoint, ...mount.others].map(String)) {
      const isWithin = place === '/' || file === place || file.startsWith(`${place}/`)
      if (isWithin && place.length > (best?.length ?? 0)) best = { mount, length: place.length }
    }
  }
  return best === undefined ? [] : [best.mount]
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
