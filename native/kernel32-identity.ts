// SPDX-License-Identifier: Apache-2.0
/** What a name stands for: kernel32.dll, ntdll.dll. On the work pool: a disk or a server may take its time. */
import type { Handle } from './kernel32.ts'
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { NativeMemory } from './windows-memory.ts'

const kernel32 = library('kernel32.dll')
const ntdll = library('ntdll.dll')

/** FILE_FLAG_BACKUP_SEMANTICS: directories can be opened too. */
export const FILE_FLAG_BACKUP_SEMANTICS = 0x02000000
/** Nothing of its content, so that whoever has it open is not in the way. */
export const FILE_READ_ATTRIBUTES = 0x80
/** FILE_SHARE_READ, FILE_SHARE_WRITE and FILE_SHARE_DELETE. */
export const SHARE_ALL = 7
const INVALID_HANDLE_VALUE = -1
/** The longest path that the system knows: UNICODE_STRING. */
const PATH_CHARACTERS_MAX = 32_767
const ERROR_FILENAME_EXCED_RANGE = 206

const GetFullPathNameW = kernel32<
  (path: string, characters: number, text: Buffer, file: null) => number
>('uint32_t __stdcall GetFullPathNameW(str16 path, uint32_t characters, void *text, void *file)')

/** GetFullPathNameW: what Windows makes of a name before it looks for it; `\\.\` and a name for a device. @throws OsError */
export function fullPath(action: string, path: string): string {
  const text = Buffer.alloc(2 * PATH_CHARACTERS_MAX)
  const length = GetFullPathNameW(path, PATH_CHARACTERS_MAX, text, null)
  if (length === 0) throw win32Error(action, lastError())
  if (length > PATH_CHARACTERS_MAX) throw win32Error(action, ERROR_FILENAME_EXCED_RANGE)
  return text.toString('utf16le', 0, 2 * length)
}

const GetFinalPathNameByHandleW = kernel32<
  (handle: Handle, text: Buffer, characters: number, flags: number) => number
>(
  'uint32_t __stdcall GetFinalPathNameByHandleW(intptr_t handle, void *text, uint32_t characters, uint32_t flags)',
)

/**
 * GetFinalPathNameByHandleW: the full path of what is open, free of links and short names.
 * @returns `\\?\C:\path` or `\\?\UNC\server\share\path`
 * @throws OsError for devices, pipes and volumes without a letter
 */
export async function finalPathLater(action: string, handle: Handle): Promise<string> {
  const text = Buffer.alloc(2 * PATH_CHARACTERS_MAX)
  const { result, error } = await GetFinalPathNameByHandleW.later(
    ...([handle, text, PATH_CHARACTERS_MAX, 0] as const),
  )
  if (result === 0) throw win32Error(action, error)
  return text.toString('utf16le', 0, 2 * result)
}

/** BY_HANDLE_FILE_INFORMATION */
export const FILE_INFORMATION = { bytes: 52, links: 40 } as const
const GetFileInformationByHandle = kernel32<(handle: Handle, information: Buffer) => number>(
  'int __stdcall GetFileInformationByHandle(intptr_t handle, void *information)',
)

/** GetFileInformationByHandle: how many names a file has. @throws OsError */
export async function namesLater(action: string, handle: Handle): Promise<number> {
  const information = Buffer.alloc(FILE_INFORMATION.bytes)
  const { result, error } = await GetFileInformationByHandle.later(handle, information)
  if (result === 0) throw win32Error(action, error)
  return information.readUInt32LE(FILE_INFORMATION.links)
}

const ReOpenFile = kernel32<
  (handle: Handle, access: number, share: number, flags: number) => Handle
>('intptr_t __stdcall ReOpenFile(intptr_t handle, uint32_t access, uint32_t share, uint32_t flags)')

/** ReOpenFile: the same file, whatever its name has become, with other rights. @throws OsError */
export async function reopenLater(
  action: string,
  handle: Handle,
  access: number,
  share: number,
): Promise<Handle> {
  const { result, error } = await ReOpenFile.later(handle, access, share, 0)
  if (result === INVALID_HANDLE_VALUE) throw win32Error(action, error)
  return result
}

const SetEndOfFile = kernel32<(handle: Handle) => number>(
  'int __stdcall SetEndOfFile(intptr_t handle)',
)

/** SetEndOfFile: cuts a file where the handle's position is. @throws OsError */
export async function cutLater(action: string, handle: Handle): Promise<void> {
  const { result, error } = await SetEndOfFile.later(handle)
  if (result === 0) throw win32Error(action, error)
}

/** UNICODE_STRING and OBJECT_ATTRIBUTES on 64-bit Windows. */
export const UNICODE_STRING = { bytes: 16, maximum: 2, buffer: 8 } as const
export const OBJECT_ATTRIBUTES = { bytes: 48, root: 8, name: 16, attributes: 24 } as const
/** IO_STATUS_BLOCK */
export const IO_STATUS_BYTES = 16
const OBJ_CASE_INSENSITIVE = 0x40
/** SYNCHRONIZE and FILE_READ_ATTRIBUTES, which CreateFileW asks for as well. */
const ALWAYS_ASKED = 0x100080
const FILE_ATTRIBUTE_NORMAL = 0x80
const FILE_CREATE = 2
/** FILE_SYNCHRONOUS_IO_NONALERT and FILE_NON_DIRECTORY_FILE. */
const ORDINARY_FILE = 0x20 | 0x40
const NtCreateFile = ntdll<
  (
    handle: [Handle],
    access: number,
    object: bigint,
    status: Buffer,
    size: null,
    attributes: number,
    share: number,
    disposition: number,
    options: number,
    more: null,
    moreBytes: number,
  ) => number
>(
  'uint32_t __stdcall NtCreateFile(_Out_ intptr_t *handle, uint32_t access, void *object, void *status, void *size, uint32_t attributes, uint32_t share, uint32_t disposition, uint32_t options, void *more, uint32_t moreBytes)',
)
const RtlNtStatusToDosError = ntdll<(status: number) => number>(
  'uint32_t __stdcall RtlNtStatusToDosError(uint32_t status)',
)

/**
 * NtCreateFile: makes a file in a directory that is open, whatever the directory's name has become. What is there
 * already, be it a link that leads nowhere, is an error.
 * @throws OsError
 */
export async function createInLater(
  action: string,
  directory: Handle,
  name: string,
  access: number,
  share: number,
): Promise<Handle> {
  const text = Buffer.from(name, 'utf16le')
  using memory = new NativeMemory(OBJECT_ATTRIBUTES.bytes + UNICODE_STRING.bytes + text.length)
  const { address, bytes } = memory
  const object = bytes.subarray(0, OBJECT_ATTRIBUTES.bytes)
  const string = bytes.subarray(OBJECT_ATTRIBUTES.bytes)
  const stringAddress = address + BigInt(OBJECT_ATTRIBUTES.bytes)
  object.writeUInt32LE(OBJECT_ATTRIBUTES.bytes)
  object.writeBigInt64LE(BigInt(directory), OBJECT_ATTRIBUTES.root)
  object.writeBigUInt64LE(stringAddress, OBJECT_ATTRIBUTES.name)
  object.writeUInt32LE(OBJ_CASE_INSENSITIVE, OBJECT_ATTRIBUTES.attributes)
  string.writeUInt16LE(text.length)
  string.writeUInt16LE(text.length, UNICODE_STRING.maximum)
  string.writeBigUInt64LE(stringAddress + BigInt(UNICODE_STRING.bytes), UNICODE_STRING.buffer)
  string.set(text, UNICODE_STRING.bytes)
  const handle: [Handle] = [0 as Handle]
  const { result } = await NtCreateFile.later(
    ...([handle, (access | ALWAYS_ASKED) >>> 0, address, Buffer.alloc(IO_STATUS_BYTES)] as const),
    ...([null, FILE_ATTRIBUTE_NORMAL, share, FILE_CREATE, ORDINARY_FILE, null, 0] as const),
  )
  if (result !== 0) throw win32Error(action, RtlNtStatusToDosError(result))
  return handle[0]
}
