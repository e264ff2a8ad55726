// SPDX-License-Identifier: Apache-2.0
/** Which volumes a freeze is for. */
import { type ComObject, guidValue } from '../../native/com.ts'
import {
  type Hresult,
  type HresultError,
  hresultError,
  VSS_E_VOLUME_NOT_SUPPORTED,
  VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER,
} from '../../native/hresult.ts'
import { volumeAt } from '../../native/kernel32-volume.ts'
import { backup } from '../../native/vssapi.ts'
import { fixedVolumes, VOLUMES } from './fixed-volumes.ts'
import { PROVIDER_ID } from './vss-identity.ts'
import { registrationProblems } from './vss-registration.ts'

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

/**
 * Adds them to the snapshot set that was started.
 * @returns how many it has then; those that cannot be frozen and were not named are passed over
 * @throws HresultError in upstream's words
 */
export async function addVolumes(
  components: ComObject,
  volumes: readonly Chosen[],
): Promise<number> {
  const provider = guidValue(PROVIDER_ID)
  let count = 0
  let passedOver: HresultError | undefined
  for (const { volume, called, isNamed } of volumes) {
    const added = await backup.addToSnapshotSet(components, volume, provider, Buffer.alloc(16))
    if (added >= 0) {
      count++
      continue
    }
    const error = hresultError(`failed to add ${called} to snapshot set`, added)
    if (isNamed || !isUnsupported(added)) throw error.with(...registrationProblems())
    passedOver ??= error
  }
  // That no volume at all can be frozen is not for want of volumes.
  if (count === 0 && passedOver !== undefined) throw passedOver.with(...registrationProblems())
  return count
}

function isUnsupported(code: Hresult): boolean {
  const unsigned = code >>> 0
  return (
    unsigned === VSS_E_VOLUME_NOT_SUPPORTED || unsigned === VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER
  )
}
