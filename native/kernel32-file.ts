// SPDX-License-Identifier: Apache-2.0
/** Files of kernel32.dll, on the work pool: a disk or a server may take its time. */
import { type Handle, readFile, writeFile } from './kernel32.ts'
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'

const bind = library('kernel32.dll')
type Int = number | bigint

/** ReadFile at the handle's own position; 0 at the end. @throws OsError `action: system message` */
export async function readLater(action: string, handle: Handle, into: Uint8Array): Promise<number> {
  const count = Buffer.alloc(4)
  const { result, error } = await readFile.later(handle, into, into.length, count, null)
  if (result === 0) throw win32Error(action, error)
  return count.readUInt32LE()
}

/** WriteFile at the handle's own position. @throws OsError `action: system message` */
export async function writeLater(action: string, handle: Handle, bytes: Uint8Array) {
  const count = Buffer.alloc(4)
  const { result, error } = await writeFile.later(handle, bytes, bytes.length, count, null)
  if (result === 0) throw win32Error(action, error)
  return count.readUInt32LE()
}

const SetFilePointerEx = bind<
  (handle: Handle, distance: Int, position: Buffer, method: number) => number
>(
  'int __stdcall SetFilePointerEx(intptr_t handle, int64_t distance, void *position, uint32_t method)',
)

/** SetFilePointerEx: FILE_BEGIN 0, FILE_CURRENT 1, FILE_END 2. @throws OsError `action: system message` */
export async function seekLater(action: string, handle: Handle, distance: Int, method: number) {
  const position = Buffer.alloc(8)
  const { result, error } = await SetFilePointerEx.later(handle, distance, position, method)
  if (result === 0) throw win32Error(action, error)
  return position.readBigInt64LE()
}

const FlushFileBuffers = bind<(handle: Handle) => number>(
  'int __stdcall FlushFileBuffers(intptr_t handle)',
)

/** FlushFileBuffers @throws OsError `action: system message` */
export async function flushLater(action: string, handle: Handle): Promise<void> {
  const { result, error } = await FlushFileBuffers.later(handle)
  if (result === 0) throw win32Error(action, error)
}

const GetFileType = bind<(handle: Handle) => number>(
  'uint32_t __stdcall GetFileType(intptr_t handle)',
)
export const FILE_TYPE_CHAR = 2
export const FILE_TYPE_PIPE = 3

/** GetFileType */
export async function fileTypeLater(handle: Handle): Promise<number> {
  return (await GetFileType.later(handle)).result
}

const PIPE_NOWAIT = 1
const SetNamedPipeHandleState = bind<
  (handle: Handle, mode: Buffer, most: null, milliseconds: null) => number
>(
  'int __stdcall SetNamedPipeHandleState(intptr_t handle, void *mode, void *most, void *milliseconds)',
)

/** SetNamedPipeHandleState: an empty pipe fails instead of waiting. */
export function neverWait(pipe: Handle): void {
  const mode = Buffer.alloc(4)
  mode.writeUInt32LE(PIPE_NOWAIT)
  SetNamedPipeHandleState(pipe, mode, null, null)
}

const MOVEFILE_DELAY_UNTIL_REBOOT = 4
const MoveFileExW = bind<(from: string, to: null, flags: number) => number>(
  'int __stdcall MoveFileExW(str16 from, void *to, uint32_t flags)',
)

/** MoveFileExW: has a file, or a directory that is empty by then, deleted when the system starts next. */
export function deleteAtBoot(path: string): void {
  MoveFileExW(path, null, MOVEFILE_DELAY_UNTIL_REBOOT)
}
