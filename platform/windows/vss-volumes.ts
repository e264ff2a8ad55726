// SPDX-License-Identifier: Apache-2.0
/** Which volumes a freeze is for. */
import { volumeAt } from '../../native/kernel32-volume.ts'
import { fixedVolumes, VOLUMES } from './fixed-volumes.ts'

/** A volume that is to be frozen. */
export interface Chosen {
  /** `\\?\Volume{…}\` */
  readonly volume: string
  /** What errors call it. */
  readonly called: string
  /** It was named: that it cannot be frozen is an error. */
  readonly isNamed: boolean
}

/** What the system says of volumes; tests bring their own. */
const CHOOSING = { ...VOLUMES, volumeAt }

/**
 * @param mountPoints all fixed volumes when undefined; what is no mount point is passed over
 * @throws OsError in upstream's words
 */
export async function chooseVolumes(
  mountPoints: readonly string[] | undefined,
  { volumeAt, ...volumes } = CHOOSING,
): Promise<readonly Chosen[]> {
  if (mountPoints === undefined) {
    const all = await fixedVolumes(volumes)
    return all.map(({ name, path }) => ({ volume: name, called: path ?? name, isNamed: false }))
  }
  const chosen = new Map<string, Chosen>()
  for (const called of mountPoints) {
    const volume = await volumeAt(called.endsWith('\\') ? called : `${called}\\`)
    if (volume !== undefined) chosen.set(volume, { volume, called, isNamed: true })
  }
  return [...chosen.values()]
}
