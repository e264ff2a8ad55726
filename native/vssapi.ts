// SPDX-License-Identifier: Apache-2.0
/** The requester's side of VSS: vssapi.dll and its interfaces. vsbackup.h, vss.h, vswriter.h */
import { type ComObject, type GuidValue, method, type Out, objectFrom } from './com.ts'
import type { Hresult } from './hresult.ts'
import { library } from './windows-library.ts'

const CreateVssBackupComponentsInternal = library('vssapi.dll')<(out: Out<ComObject>) => Hresult>(
  'int32_t __stdcall CreateVssBackupComponentsInternal(_Out_ void **out)',
)

/** CreateVssBackupComponents: of one backup, and no second. @throws HresultError in upstream's words */
export function createBackupComponents(): Promise<ComObject> {
  return objectFrom(
    'failed to create VSS backup components',
    async (out) => (await CreateVssBackupComponentsInternal.later(out)).result,
  )
}

/** A method that begins what takes its time. */
type Begin = [async: Out<ComObject>]

const BEGIN = '_Out_ void **async'
const of = (slot: number, name: string, ...parameters: string[]) =>
  [slot, `IVssBackupComponents_${name}`, ...parameters] as const

/** IVssBackupComponents */
export const backup = {
  initializeForBackup: method<[null]>(...of(5, 'InitializeForBackup', 'void *xml')),
  setBackupState: method<[components: number, bootable: number, type: number, partial: number]>(
    ...of(6, 'SetBackupState', 'uint8_t components', 'uint8_t bootable', 'int type'),
    'uint8_t partial',
  ),
  gatherWriterMetadata: method<Begin>(...of(9, 'GatherWriterMetadata', BEGIN)),
  getWriterMetadataCount: method<[Buffer]>(...of(10, 'GetWriterMetadataCount', 'void *count')),
  getWriterMetadata: method<[index: number, instance: Buffer, metadata: Out<ComObject>]>(
    ...of(11, 'GetWriterMetadata', 'uint32_t index', 'void *instance', '_Out_ void **metadata'),
  ),
  addComponent: method<
    [instance: GuidValue, writer: GuidValue, type: number, path: bigint | null, name: bigint | null]
  >(
    ...of(13, 'AddComponent', 'GUID instance', 'GUID writer', 'int type'),
    'void *path',
    'void *name',
  ),
  prepareForBackup: method<Begin>(...of(14, 'PrepareForBackup', BEGIN)),
  abortBackup: method<[]>(...of(15, 'AbortBackup')),
  gatherWriterStatus: method<Begin>(...of(16, 'GatherWriterStatus', BEGIN)),
  getWriterStatusCount: method<[Buffer]>(...of(17, 'GetWriterStatusCount', 'void *count')),
  freeWriterStatus: method<[]>(...of(18, 'FreeWriterStatus')),
  getWriterStatus: method<
    [
      index: number,
      instance: Buffer,
      writer: Buffer,
      name: Out<bigint>,
      state: Buffer,
      failure: Buffer,
    ]
  >(
    ...of(19, 'GetWriterStatus', 'uint32_t index', 'void *instance', 'void *writer'),
    ...['_Out_ void **name', 'void *state', 'void *failure'],
  ),
  backupComplete: method<Begin>(...of(27, 'BackupComplete', BEGIN)),
  setContext: method<[number]>(...of(35, 'SetContext', 'int32_t context')),
  startSnapshotSet: method<[Buffer]>(...of(36, 'StartSnapshotSet', 'void *set')),
  addToSnapshotSet: method<[volume: string, provider: GuidValue, snapshot: Buffer]>(
    ...of(37, 'AddToSnapshotSet', 'str16 volume', 'GUID provider', 'void *snapshot'),
  ),
  doSnapshotSet: method<Begin>(...of(38, 'DoSnapshotSet', BEGIN)),
} as const

/** IVssAsync. It has a Wait too, which would take a thread for as long. */
export const operation = {
  cancel: method<[]>(3, 'IVssAsync_Cancel'),
  queryStatus: method<[result: Buffer, reserved: null]>(
    ...([5, 'IVssAsync_QueryStatus', 'void *result', 'void *reserved'] as const),
  ),
} as const

/** IVssExamineWriterMetadata */
export const metadata = {
  getIdentity: method<
    [instance: Buffer, writer: Buffer, name: Out<bigint>, usage: Buffer, source: Buffer]
  >(
    ...([3, 'IVssExamineWriterMetadata_GetIdentity', 'void *instance', 'void *writer'] as const),
    ...['_Out_ void **name', 'void *usage', 'void *source'],
  ),
  getFileCounts: method<[included: Buffer, excluded: Buffer, components: Buffer]>(
    ...([4, 'IVssExamineWriterMetadata_GetFileCounts'] as const),
    ...['void *included', 'void *excluded', 'void *components'],
  ),
  getComponent: method<[index: number, component: Out<ComObject>]>(
    ...([7, 'IVssExamineWriterMetadata_GetComponent'] as const),
    ...['uint32_t index', '_Out_ void **component'],
  ),
} as const

/** IVssWMComponent */
export const component = {
  getComponentInfo: method<[Out<bigint>]>(
    ...([3, 'IVssWMComponent_GetComponentInfo', '_Out_ void **information'] as const),
  ),
  freeComponentInfo: method<[bigint]>(
    ...([4, 'IVssWMComponent_FreeComponentInfo', 'void *information'] as const),
  ),
} as const

/** VSS_COMPONENTINFO on 64-bit Windows: its type, two BSTRs, and whether it can be selected. */
export const COMPONENT_INFO = {
  bytes: 72,
  type: 0,
  logicalPath: 8,
  componentName: 16,
  selectable: 46,
} as const

/** VSS_BACKUP_TYPE: what programs such as databases make of the backup. */
export const BACKUP_TYPES = {
  full: 1,
  incremental: 2,
  differential: 3,
  log: 4,
  copy: 5,
} as const

/** VSS_CTX_APP_ROLLBACK and VSS_VOLSNAP_ATTR_TXF_RECOVERY | _NO_AUTORECOVERY: nothing is done to the snapshot afterwards. */
export const CONTEXT = 0x0200000b
/** VSS_VOLSNAP_ATTR_TRANSPORTABLE: only servers take it. */
export const TRANSPORTABLE = 0x20

/** VSS_WRITER_STATE: the states in which a writer has failed, and at what. */
export const FAILED_STATES: Readonly<Record<number, string>> = {
  6: 'identify',
  7: 'prepare backup',
  8: 'prepare snapshot',
  9: 'freeze',
  10: 'thaw',
  11: 'post snapshot',
  12: 'backup complete',
}
