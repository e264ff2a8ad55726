// SPDX-License-Identifier: Apache-2.0
/** File systems, the disks below them, and what went through those. */
import { attempt } from '../../src/errno.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/storage.ts'
import { type DeviceSources, devicePath, SYSTEM_DEVICES } from './devices.ts'
import { disksBelow } from './disk-address.ts'
import { type ReadSmart, readDisks } from './disks.ts'
import { type Mount, readMounts } from './mounts.ts'
import { parseDiskstats } from './parse/diskstats.ts'
import { Patience } from './patience.ts'
import { readNvmeSmart } from './smart.ts'
import { readUsage, type Usage } from './usage.ts'

/** What the commands look at; tests bring their own. */
export interface StorageSystem {
  mounts(account: (message: string) => void): Mount[]
  readonly usage: (mount: Mount) => Promise<Usage | undefined>
  readonly devices: DeviceSources
  readonly smart: ReadSmart
}

/** @param limitMs how long what can hang is waited for */
export function storageOfSystem(limitMs: number): StorageSystem {
  const patience = new Patience(limitMs)
  return {
    mounts: readMounts,
    usage: (mount) => readUsage(mount, patience),
    devices: SYSTEM_DEVICES,
    smart: (node) => readNvmeSmart(node, patience),
  }
}

const DISKSTATS = '/proc/diskstats'

export function createStorageHandlers(
  account: (message: string) => void,
  { mounts, usage, devices, smart }: StorageSystem,
): Handlers<typeof schema, 'linux'> {
  return {
    'guest-get-fsinfo': async () => {
      const newestFirst = mounts(account).reverse()
      // Asked before sysfs is read here, so that the work pool answers meanwhile.
      const usages = newestFirst.map(usage)
      const places = newestFirst.map((mount) => place(mount, devices))
      return Promise.all(
        newestFirst.map(async ({ name, type }, i) => {
          const { device, disk } = places[i] as Place
          return { name: device, mountpoint: name, type, ...(await usages[i]), disk }
        }),
      )
    },

    'guest-get-disks': () => readDisks(devices, smart),

    'guest-get-diskstats': () =>
      parseDiskstats(attempt(`Could not open '${DISKSTATS}'`, () => devices.text(DISKSTATS))),
  }
}

interface Place {
  readonly device: string
  readonly disk: schema.DiskAddress[]
}

/** The device that a file system is on, by the kernel's name, and the hardware below it. */
function place({ major, minor }: Mount, devices: DeviceSources): Place {
  const numbers = `${major}:${minor}`
  const path = devicePath(`/sys/dev/block/${numbers}`, devices)
  if (path === undefined) return { device: numbers, disk: [] }
  return { device: path.slice(path.lastIndexOf('/') + 1), disk: disksBelow(path, devices) }
}
