// SPDX-License-Identifier: Apache-2.0
/** Disks, and the file systems on them. */
import {
  askDevice,
  diskSpace,
  driveType,
  fileSystemOf,
  volumeNames,
  volumePaths,
} from '../../native/kernel32-volume.ts'
import { Win32Error } from '../../native/win32-error.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/storage.ts'
import type { DiskAddress, DiskInfo } from '../../src/schema/storage.ts'
import { addressOf, DISKS, type Disk, deviceName, enumerateDisks } from './disk-address.ts'
import { parseStrings } from './parse/device-properties.ts'
import { extentsSize, parseExtents } from './parse/storage.ts'

/** IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, and room for one. */
const GET_EXTENTS = 0x560000
const ONE_EXTENT_BYTES = 32
const ERROR_INVALID_FUNCTION = 1
const UNMOUNTED = 'System Reserved'

/** Volumes as the system tells of them; tests bring their own. */
export const VOLUMES = { askDevice, diskSpace, driveType, fileSystemOf, volumeNames, volumePaths }
export type Volumes = typeof VOLUMES

export function createStorageHandlers(
  disks = DISKS,
  volumes = VOLUMES,
): Handlers<typeof schema, 'windows'> {
  /** Asked about once for each command, however many volumes share a disk. */
  function addresses(found: readonly Disk[]) {
    const known = new Map<number, Promise<DiskAddress | undefined>>()
    return (number: number): Promise<DiskAddress | undefined> => {
      const before = known.get(number)
      if (before !== undefined) return before
      const instance = found.find((disk) => disk.number === number)?.instance
      const asked = addressOf(disks, deviceName(number), instance).catch(unlessWin32)
      known.set(number, asked)
      return asked
    }
  }

  async function describeVolume(
    name: string,
    addressFor: (number: number) => Promise<DiskAddress | undefined>,
  ) {
    const paths = await volumes.volumePaths(name)
    if (paths === undefined) return undefined
    const type = await volumes.fileSystemOf(name)
    if (type === undefined) return undefined
    const space = await volumes.diskSpace(name)
    const disk = await disksOf(name, addressFor)
    return {
      name,
      mountpoint: parseStrings(paths)[0] ?? UNMOUNTED,
      type,
      ...(space && { 'used-bytes': space.total - space.free, 'total-bytes': space.total }),
      disk: disk.flatMap((address) => address ?? []).reverse(),
    }
  }

  /** The disks that a volume is on. None for what has no extents, such as a pool of disks; an optical disc is its own. */
  async function disksOf(
    volume: string,
    addressFor: (number: number) => Promise<DiskAddress | undefined>,
  ): Promise<readonly (DiskAddress | undefined)[]> {
    const path = volume.replace(/\\$/, '')
    const ask = (outputBytes: number) => volumes.askDevice(path, { code: GET_EXTENTS, outputBytes })
    try {
      const { bytes, error } = await ask(ONE_EXTENT_BYTES)
      const extents = error === 0 ? bytes : (await ask(extentsSize(bytes))).bytes
      return await Promise.all(parseExtents(extents).map(addressFor))
    } catch (error) {
      unlessWin32(error)
      const isDisc = (error as Win32Error).number === ERROR_INVALID_FUNCTION
      return isDisc ? [await addressOf(disks, path, undefined).catch(unlessWin32)] : []
    }
  }

  return {
    // The last found comes first, in both lists, as upstream has them.
    'guest-get-disks': async () => {
      const found = await enumerateDisks(disks)
      const addressFor = addresses(found)
      const answer: DiskInfo[] = []
      for (const { number } of found) {
        const address = await addressFor(number)
        answer.unshift({
          name: deviceName(number),
          partition: false,
          ...(address && { address }),
        })
      }
      return answer
    },

    'guest-get-fsinfo': async () => {
      // Without the device tree there are no controllers, but there are volumes.
      const addressFor = addresses((await enumerateDisks(disks).catch(unlessWin32)) ?? [])
      const answer = []
      for (const name of await volumes.volumeNames()) {
        const volume = await describeVolume(name, addressFor)
        if (volume !== undefined) answer.unshift(volume)
      }
      return answer
    },
  }
}

function unlessWin32(error: unknown): undefined {
  if (!(error instanceof Win32Error)) throw error
}
