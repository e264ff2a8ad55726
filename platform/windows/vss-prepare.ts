// SPDX-License-Identifier: Apache-2.0
/** From the command to a snapshot set that only has to be made. Loaded with all that it needs before anything is frozen. */
import { prepareCom } from '../../native/com.ts'
import { findRegistryNumber } from '../../native/registry.ts'
import { BACKUP_TYPES } from '../../native/vssapi.ts'
import { failureOf } from './vss-failure.ts'
import { SERVICE_KEY } from './vss-identity.ts'
import { Signals } from './vss-signals.ts'
import { SnapshotSet } from './vss-snapshot.ts'
import { chooseVolumes } from './vss-volumes.ts'

export interface Order {
  /** All fixed volumes when undefined. */
  readonly mountPoints: readonly string[] | undefined
  readonly type: keyof typeof BACKUP_TYPES | undefined
  warn(message: string): void
}

/** @returns undefined when there is nothing to freeze @throws HresultError in upstream's words */
export async function prepareSet(order: Order): Promise<SnapshotSet | undefined> {
  const volumes = await chooseVolumes(order.mountPoints)
  if (volumes.length === 0) return undefined
  prepareCom()
  const set = await createSet()
  try {
    const failed = await set.prepare(backupType(order.type), volumes)
    for (const each of failed) order.warn(each)
    return set
  } catch (error) {
    throw await failureOf(set, error)
  }
}

async function createSet(): Promise<SnapshotSet> {
  const signals = await Signals.create()
  try {
    return await SnapshotSet.create(signals)
  } catch (error) {
    signals[Symbol.dispose]()
    throw error
  }
}

/** VSS_BACKUP_TYPE: the configured one, else the one that qemu-ga's installations have in the registry. */
function backupType(configured: keyof typeof BACKUP_TYPES | undefined): number {
  if (configured !== undefined) return BACKUP_TYPES[configured]
  const chosen = findRegistryNumber(SERVICE_KEY, 'VssOption')
  return Object.values(BACKUP_TYPES).find((type) => type === chosen) ?? BACKUP_TYPES.full
}
