// SPDX-License-Identifier: Apache-2.0
/** The volumes of this machine's own disks. */
import { driveType, volumeNames, volumePaths } from '../../native/kernel32-volume.ts'
import { parseStrings } from './parse/device-properties.ts'

const DRIVE_FIXED = 3
/** DRIVE_UNKNOWN, DRIVE_NO_ROOT_DIR */
const UNDECIDED = 1

export interface Volume {
  /** `\\?\Volume{…}\` */
  readonly name: string
  /** Where it is mounted first, if anywhere: `C:\` */
  readonly path: string | undefined
}

/** What the system says of volumes; tests bring their own. */
export const VOLUMES = { volumeNames, volumePaths, driveType }

/** @throws OsError in upstream's words */
export async function fixedVolumes({ volumeNames, volumePaths, driveType } = VOLUMES) {
  const found: Volume[] = []
  for (const name of await volumeNames()) {
    const names = await volumePaths(name)
    const path = (names && parseStrings(names)[0]) || undefined
    let type = await driveType(name)
    if (type <= UNDECIDED && path !== undefined) type = await driveType(path)
    if (type === DRIVE_FIXED) found.push({ name, path })
  }
  return found
}
