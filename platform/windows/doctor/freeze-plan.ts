// SPDX-License-Identifier: Apache-2.0
/** What a freeze would cover: the volumes of fixed disks. */
import {
  driveType,
  fileSystemOf,
  volumeNames,
  volumePaths,
} from '../../../native/kernel32-volume.ts'
import type { FreezePlan } from '../../../src/admin/administration.ts'
import { parseStrings } from '../parse/device-properties.ts'

const DRIVE_FIXED = 3

export async function freezePlan(): Promise<FreezePlan> {
  const covered: FreezePlan['covered'][number][] = []
  const skipped: FreezePlan['skipped'][number][] = []
  for (const name of await volumeNames()) {
    const paths = await volumePaths(name)
    const mountpoint = (paths && parseStrings(paths)[0]) ?? name
    const type = (await fileSystemOf(name)) ?? 'unknown'
    const kind = await driveType(mountpoint)
    if (kind === DRIVE_FIXED) covered.push({ mountpoint, type })
    else skipped.push({ mountpoint, type, reason: 'not on a fixed disk' })
  }
  return { covered, skipped }
}
