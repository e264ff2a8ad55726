// SPDX-License-Identifier: Apache-2.0
/** Volumes and devices of kernel32.dll, on the work pool: a disk may take its time to answer. */
import {
  closeHandleLater,
  createFileLater,
  FILE_SHARE_READ,
  type Handle,
  OPEN_EXISTING,
} from './kernel32.ts'
import { Win32Error, win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'
import { wideText } from './windows-memory.ts'

const bind = library('kernel32.dll')

const VOLUME_NAME_CHARACTERS = 64
const ERROR_NO_MORE_FILES = 18
const INVALID_HANDLE_VALUE = -1
type Search = (number | bigint) & { readonly brand: 'volume search' }
const FindFirstVolumeW = bind<(name: Buffer, characters: number) => Search>(
  'intptr_t __stdcall FindFirstVolumeW(void *name, uint32_t characters)',
)
const FindNextVolumeW = bind<(search: Search, name: Buffer, characters: number) => number>(
  'int __stdcall FindNextVolumeW(intptr_t search, void *name, uint32_t characters)',
)
const FindVolumeClose = bind<(search: Search) => number>(
  'int __stdcall FindVolumeClose(intptr_t search)',
)

/** FindFirstVolumeW, FindNextVolumeW: `\\?\Volume{…}\` of each. @throws OsError in upstream's words */
export async function volumeNames(): Promise<string[]> {
  const name = Buffer.alloc(2 * VOLUME_NAME_CHARACTERS)
  const first = await FindFirstVolumeW.later(name, VOLUME_NAME_CHARACTERS)
  const search = first.result
  if (search === INVALID_HANDLE_VALUE) throw win32Error('failed to find any volume', first.error)
  const found = [wideText(name)]
  try {
    for (;;) {
      const { result, error } = await FindNextVolumeW.later(search, name, VOLUME_NAME_CHARACTERS)
      if (result === 0 && error === ERROR_NO_MORE_FILES) return found
      if (result === 0) throw win32Error('failed to find next volume', error)
      found.push(wideText(name))
    }
  } finally {
    FindVolumeClose(search)
  }
}

const ERROR_MORE_DATA = 234
const NAMES_TRIES = 3
const GetVolumePathNamesForVolumeNameW = bind<
  (volume: string, names: Buffer, characters: number, needed: [number]) => number
>(
  'int __stdcall GetVolumePathNamesForVolumeNameW(str16 volume, void *names, uint32_t characters, _Out_ uint32_t *needed)',
)

/** GetVolumePathNamesForVolumeNameW: where the volume is mounted, each name ended by a NUL; undefined when nobody can say. */
export async function volumePaths(volume: string): Promise<Buffer | undefined> {
  let characters = 261
  for (let tries = 0; tries < NAMES_TRIES; tries++) {
    const names = Buffer.alloc(2 * characters)
    const needed: [number] = [0]
    const { result, error } = await GetVolumePathNamesForVolumeNameW.later(
      ...([volume, names, characters, needed] as const),
    )
    if (result !== 0) return names
    if (error !== ERROR_MORE_DATA) return undefined
    characters = needed[0]
  }
  return undefined
}

const GetVolumeNameForVolumeMountPointW = bind<
  (place: string, name: Buffer, characters: number) => number
>('int __stdcall GetVolumeNameForVolumeMountPointW(str16 place, void *name, uint32_t characters)')

/** GetVolumeNameForVolumeMountPointW: `\\?\Volume{…}\`; undefined where no volume is mounted. @param place ends with a backslash */
export async function volumeAt(place: string): Promise<string | undefined> {
  const name = Buffer.alloc(2 * VOLUME_NAME_CHARACTERS)
  const { result } = await GetVolumeNameForVolumeMountPointW.later(
    ...([place, name, VOLUME_NAME_CHARACTERS] as const),
  )
  return result === 0 ? undefined : wideText(name)
}

const GetDriveTypeW = bind<(root: string) => number>('uint32_t __stdcall GetDriveTypeW(str16 root)')

/** GetDriveTypeW: DRIVE_FIXED 3 and its like. */
export async function driveType(root: string): Promise<number> {
  return (await GetDriveTypeW.later(root)).result
}

const GetDiskFreeSpaceExW = bind<
  (directory: string, available: null, total: Buffer, free: Buffer) => number
>('int __stdcall GetDiskFreeSpaceExW(str16 directory, void *available, void *total, void *free)')

/** GetDiskFreeSpaceExW, in bytes; undefined when the file system cannot say. */
export async function diskSpace(
  directory: string,
): Promise<{ readonly total: bigint; readonly free: bigint } | undefined> {
  const [total, free] = [Buffer.alloc(8), Buffer.alloc(8)]
  const { result } = await GetDiskFreeSpaceExW.later(directory, null, total, free)
  if (result === 0) return undefined
  return { total: total.readBigUInt64LE(), free: free.readBigUInt64LE() }
}

const FILE_FLAG_BACKUP_SEMANTICS = 0x02000000
const FILE_SYSTEM_CHARACTERS = 32
const GetVolumeInformationByHandleW = bind<
  (
    volume: Handle,
    label: null,
    labelCharacters: number,
    serial: null,
    longest: null,
    flags: null,
    fileSystem: Buffer,
    fileSystemCharacters: number,
  ) => number
>(
  'int __stdcall GetVolumeInformationByHandleW(intptr_t volume, void *label, uint32_t labelCharacters, void *serial, void *longest, void *flags, void *fileSystem, uint32_t fileSystemCharacters)',
)

/** GetVolumeInformationByHandleW: `NTFS`; undefined for a volume that is not ready, such as an empty drive. */
export async function fileSystemOf(volume: string): Promise<string | undefined> {
  const name = Buffer.alloc(2 * FILE_SYSTEM_CHARACTERS)
  const flags = FILE_FLAG_BACKUP_SEMANTICS
  return await withDevice(volume, 0, flags, async (handle) => {
    const { result } = await GetVolumeInformationByHandleW.later(
      ...([handle, null, 0, null, null, null, name, FILE_SYSTEM_CHARACTERS] as const),
    )
    return result === 0 ? undefined : wideText(name)
  }).catch((error: unknown) => {
    if (error instanceof Win32Error) return undefined
    throw error
  })
}

/** Opened without any access: for questions that need none. */
async function withDevice<T>(
  path: string,
  share: number,
  flags: number,
  use: (handle: Handle) => Promise<T>,
): Promise<T> {
  const opening = { path, access: 0, share, disposition: OPEN_EXISTING, flags }
  const handle = await createFileLater(`failed to open '${path}'`, opening)
  try {
    return await use(handle)
  } finally {
    await closeHandleLater('CloseHandle failed', handle)
  }
}

const DeviceIoControl = bind<
  (
    device: Handle,
    code: number,
    input: Buffer | null,
    inputBytes: number,
    output: Buffer,
    outputBytes: number,
    returned: Buffer,
    overlapped: null,
  ) => number
>(
  'int __stdcall DeviceIoControl(intptr_t device, uint32_t code, void *input, uint32_t inputBytes, void *output, uint32_t outputBytes, void *returned, void *overlapped)',
)

/** A question to a device: IOCTL code, what is asked, and the room for the answer. */
export interface Question {
  readonly code: number
  readonly input?: Buffer
  readonly outputBytes: number
}

export interface Answer {
  readonly bytes: Buffer
  /** 0; or ERROR_MORE_DATA, when `bytes` is only the beginning. */
  readonly error: number
}

/** DeviceIoControl of a device opened by its path. @throws Win32Error also when the device cannot be opened */
export async function askDevice(path: string, question: Question): Promise<Answer> {
  const { code, input = null, outputBytes } = question
  return await withDevice(path, FILE_SHARE_READ, 0, async (handle) => {
    const [output, returned] = [Buffer.alloc(outputBytes), Buffer.alloc(4)]
    const { result, error } = await DeviceIoControl.later(
      ...([handle, code, input, input?.length ?? 0] as const),
      ...([output, outputBytes, returned, null] as const),
    )
    if (result === 0 && error !== ERROR_MORE_DATA) throw win32Error('DeviceIoControl failed', error)
    const bytes = output.subarray(0, result === 0 ? outputBytes : returned.readUInt32LE())
    return { bytes, error: result === 0 ? error : 0 }
  })
}
