// SPDX-License-Identifier: Apache-2.0
/** Handles and input and output of kernel32.dll. Thin: types, error codes, the vendor's names, no policy. */
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'

const bind = library('kernel32.dll')

/** A HANDLE that CloseHandle closes. */
export type Handle = (number | bigint) & { readonly brand: 'HANDLE' }
type Callback = (handle: Handle) => number

export const GENERIC_READ = 0x80000000
export const GENERIC_WRITE = 0x40000000
export const FILE_SHARE_READ = 1
export const OPEN_EXISTING = 3
export const FILE_FLAG_OVERLAPPED = 0x40000000
/** A pipe's server learns who we are, and cannot act in our name. */
export const IDENTIFY_ONLY = 0x00110000
const INVALID_HANDLE_VALUE = -1

export interface Opening {
  readonly path: string
  readonly access: number
  readonly share: number
  readonly disposition: number
  readonly flags: number
  /** SECURITY_ATTRIBUTES */
  readonly security?: Buffer
}

const CreateFileW = bind<
  (
    path: string,
    access: number,
    share: number,
    security: Buffer | null,
    disposition: number,
    flags: number,
    template: null,
  ) => Handle
>(
  'intptr_t __stdcall CreateFileW(str16 path, uint32_t access, uint32_t share, void *security, uint32_t disposition, uint32_t flags, void *template)',
)

/** CreateFileW, at once: for devices of this machine. @throws OsError `action: system message` */
export function createFile(action: string, opening: Opening): Handle {
  const { path, access, share, disposition, flags, security = null } = opening
  const handle = CreateFileW(path, access >>> 0, share, security, disposition, flags >>> 0, null)
  if (handle === INVALID_HANDLE_VALUE) throw win32Error(action, lastError())
  return handle
}

/** CreateFileW on the work pool: a disk or a server may take its time. @throws OsError `action: system message` */
export async function createFileLater(action: string, opening: Opening): Promise<Handle> {
  const { path, access, share, disposition, flags, security = null } = opening
  const { result, error } = await CreateFileW.later(
    ...([path, access >>> 0, share, security, disposition, flags >>> 0, null] as const),
  )
  if (result === INVALID_HANDLE_VALUE) throw win32Error(action, error)
  return result
}

/**
 * CreateFileW: a device or pipe, for reading and writing by this process alone. Overlapped, for on
 * any other handle a read that waits holds up every write.
 * @throws OsError `action: system message`
 */
export function openDevice(action: string, path: string): Handle {
  const access = GENERIC_READ | GENERIC_WRITE
  const flags = FILE_FLAG_OVERLAPPED | IDENTIFY_ONLY
  return createFile(action, { path, access, share: 0, disposition: OPEN_EXISTING, flags })
}

const CloseHandle = bind<Callback>('int __stdcall CloseHandle(intptr_t handle)')

/** CloseHandle */
export function closeHandle(handle: Handle): void {
  CloseHandle(handle)
}

/** CloseHandle on the work pool: a server may want to know. @throws OsError `action: system message` */
export async function closeHandleLater(action: string, handle: Handle): Promise<void> {
  const { result, error } = await CloseHandle.later(handle)
  if (result === 0) throw win32Error(action, error)
}

/** COMMTIMEOUTS: five 32-bit fields, ReadIntervalTimeout in milliseconds the first. */
export const COMMTIMEOUTS_BYTES = 20
const SetCommTimeouts = bind<(handle: Handle, timeouts: Buffer) => number>(
  'int __stdcall SetCommTimeouts(intptr_t handle, void *timeouts)',
)

/**
 * SetCommTimeouts: a read of a serial port ends after a millisecond in which nothing came, instead of
 * waiting until its buffer is full. Fails on anything else, where there is no such waiting.
 */
export function readWhatComes(handle: Handle): boolean {
  return setIntervalTimeout(handle, 1)
}

/** SetCommTimeouts: a read of a serial port takes what there is, and does not wait for more. */
export function readWhatIsThere(handle: Handle): boolean {
  return setIntervalTimeout(handle, 0xffffffff)
}

function setIntervalTimeout(handle: Handle, milliseconds: number): boolean {
  const timeouts = Buffer.alloc(COMMTIMEOUTS_BYTES)
  timeouts.writeUInt32LE(milliseconds, 0)
  return SetCommTimeouts(handle, timeouts) !== 0
}

/** Starts an operation on a handle; ReadFile and WriteFile. */
export type Start = (
  handle: Handle,
  buffer: unknown,
  bytes: number,
  count: Buffer | null,
  overlapped: unknown,
) => number

export const readFile = bind<Start>(
  'int __stdcall ReadFile(intptr_t handle, void *buffer, uint32_t bytes, void *count, void *overlapped)',
)
export const writeFile = bind<Start>(
  'int __stdcall WriteFile(intptr_t handle, void *buffer, uint32_t bytes, void *count, void *overlapped)',
)

const GetOverlappedResult = bind<
  (handle: Handle, overlapped: unknown, count: [number], wait: number) => number
>(
  'int __stdcall GetOverlappedResult(intptr_t handle, void *overlapped, _Out_ uint32_t *count, int wait)',
)

/** GetOverlappedResult, without waiting: the bytes that were transferred, and the error code or 0. */
export function overlappedResult(
  handle: Handle,
  overlapped: unknown,
): { readonly count: number; readonly error: number } {
  const count: [number] = [0]
  const isDone = GetOverlappedResult(handle, overlapped, count, 0) !== 0
  const error = isDone ? 0 : lastError()
  return { count: count[0], error }
}

const CancelIoEx = bind<(handle: Handle, overlapped: null) => number>(
  'int __stdcall CancelIoEx(intptr_t handle, void *overlapped)',
)

/** CancelIoEx: all that is under way on the handle; each still completes, with ERROR_OPERATION_ABORTED. */
export function cancelIo(handle: Handle): void {
  CancelIoEx(handle, null)
}
