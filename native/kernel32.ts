// SPDX-License-Identifier: Apache-2.0
/** Functions of kernel32.dll. Thin: types, error codes, the vendor's names, no policy. */
import { OsError } from '../src/errors.ts'
import { type Koffi, loadKoffi } from './koffi.ts'

/** A HANDLE, or a pointer that is only passed on. */
export type Handle = number | bigint

/** Binds an export when it is first called. */
function bind<F extends (...args: never[]) => unknown>(prototype: string): () => F {
  let bound: F | undefined
  return () => {
    bound ??= loadKoffi().load('kernel32.dll').func(prototype) as unknown as F
    return bound
  }
}

const cGetLastError = bind<() => number>('uint32_t __stdcall GetLastError()')

/** GetLastError: of the call just made on this thread; nothing may come between. */
export function lastError(): number {
  return cGetLastError()()
}

const FORMAT_MESSAGE_IGNORE_INSERTS = 0x200
const FORMAT_MESSAGE_FROM_SYSTEM = 0x1000
const MESSAGE_CHARACTERS_MAX = 512
const cFormatMessage = bind<
  (
    flags: number,
    source: null,
    code: number,
    language: number,
    text: Buffer,
    characters: number,
    inserts: null,
  ) => number
>(
  'uint32_t __stdcall FormatMessageW(uint32_t flags, void *source, uint32_t code, uint32_t language, void *text, uint32_t characters, void *inserts)',
)

/** FormatMessageW: the system's words for an error code, without the line end. */
function systemMessage(code: number): string {
  const flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS
  const text = Buffer.alloc(2 * MESSAGE_CHARACTERS_MAX)
  const length = cFormatMessage()(flags, null, code, 0, text, MESSAGE_CHARACTERS_MAX, null)
  return length === 0 ? `error ${code}` : text.toString('utf16le', 0, 2 * length).trimEnd()
}

/** `action: system message`, for an error code as GetLastError gave it. */
function win32Error(action: string, code: number): OsError {
  return new OsError(`${action}: ${systemMessage(code)}`, `WIN32_${code}`)
}

const GENERIC_READ = 0x80000000
const GENERIC_WRITE = 0x40000000
const OPEN_EXISTING = 3
const FILE_FLAG_OVERLAPPED = 0x40000000
const INVALID_HANDLE_VALUE = -1
const cCreateFile = bind<
  (
    path: string,
    access: number,
    share: number,
    security: null,
    disposition: number,
    flags: number,
    template: number,
  ) => Handle
>(
  'intptr_t __stdcall CreateFileW(str16 path, uint32_t access, uint32_t share, void *security, uint32_t disposition, uint32_t flags, intptr_t template)',
)

/**
 * CreateFileW: a device or pipe, for reading and writing by this process alone. Overlapped, for on
 * any other handle a read that waits holds up every write.
 * @throws OsError `action: system message`
 */
export function openDevice(action: string, path: string): Handle {
  const access = (GENERIC_READ | GENERIC_WRITE) >>> 0
  const handle = cCreateFile()(path, access, 0, null, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, 0)
  if (handle === INVALID_HANDLE_VALUE) throw win32Error(action, lastError())
  return handle
}

const cCloseHandle = bind<(handle: Handle) => number>('int __stdcall CloseHandle(intptr_t handle)')

/** CloseHandle */
export function closeHandle(handle: Handle): void {
  cCloseHandle()(handle)
}

const cSetCommTimeouts = bind<(handle: Handle, timeouts: Buffer) => number>(
  'int __stdcall SetCommTimeouts(intptr_t handle, void *timeouts)',
)

/**
 * SetCommTimeouts: a read of a serial port ends after a millisecond in which nothing came, instead of
 * waiting until its buffer is full. Fails on anything else, where there is no such waiting.
 */
export function readWhatComes(handle: Handle): boolean {
  // COMMTIMEOUTS: five 32-bit fields, ReadIntervalTimeout in milliseconds the first.
  const timeouts = Buffer.alloc(20)
  timeouts.writeUInt32LE(1, 0)
  return cSetCommTimeouts()(handle, timeouts) !== 0
}

/** Starts an operation on a handle; ReadFile and WriteFile. */
export type Start = (
  handle: Handle,
  buffer: unknown,
  bytes: number,
  count: null,
  overlapped: unknown,
) => number

export const readFile = bind<Start>(
  'int __stdcall ReadFile(intptr_t handle, void *buffer, uint32_t bytes, void *count, void *overlapped)',
)
export const writeFile = bind<Start>(
  'int __stdcall WriteFile(intptr_t handle, void *buffer, uint32_t bytes, void *count, void *overlapped)',
)

const cGetOverlappedResult = bind<
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
  const isDone = cGetOverlappedResult()(handle, overlapped, count, 0) !== 0
  const error = isDone ? 0 : lastError()
  return { count: count[0], error }
}

const cCancelIo = bind<(handle: Handle, overlapped: null) => number>(
  'int __stdcall CancelIoEx(intptr_t handle, void *overlapped)',
)

/** CancelIoEx: all that is under way on the handle; each still completes, with ERROR_OPERATION_ABORTED. */
export function cancelIo(handle: Handle): void {
  cCancelIo()(handle, null)
}

const cCreateEvent = bind<(security: null, manual: number, initial: number, name: null) => Handle>(
  'intptr_t __stdcall CreateEventW(void *security, int manual, int initial, str16 name)',
)

/** CreateEventW: without a name, not signalled, reset by the wait that it ends. */
export function createEvent(): Handle {
  const event = cCreateEvent()(null, 0, 0, null)
  if (event === 0) throw win32Error('CreateEvent failed', lastError())
  return event
}

const cResetEvent = bind<(event: Handle) => number>('int __stdcall ResetEvent(intptr_t event)')

/** ResetEvent */
export function resetEvent(event: Handle): void {
  cResetEvent()(event)
}

const INFINITE = 0xffffffff
const WT_EXECUTEDEFAULT = 0
let callbackType: ReturnType<Koffi['pointer']> | undefined
const cRegisterWait = bind<
  (
    wait: [unknown],
    object: Handle,
    callback: bigint,
    context: null,
    milliseconds: number,
    flags: number,
  ) => number
>(
  'int __stdcall RegisterWaitForSingleObject(_Out_ void **wait, intptr_t object, void *callback, void *context, uint32_t milliseconds, uint32_t flags)',
)

/** A wait of the system's thread pool, and the callback that keeps it company. */
export interface Wait {
  readonly handle: unknown
  readonly callback: bigint
}

/**
 * RegisterWaitForSingleObject: calls back on the JS thread each time the event is signalled. The event
 * loop may end meanwhile: a wait does not keep it alive.
 */
export function registerWait(event: Handle, signalled: () => void): Wait {
  const koffi = loadKoffi()
  callbackType ??= koffi.pointer(
    koffi.proto('void __stdcall WaitOrTimerCallback(void *context, uint8_t timedOut)'),
  )
  const callback = koffi.register(() => {
    try {
      signalled()
    } catch (error) {
      // Native code is calling, and would go on as if nothing had happened.
      queueMicrotask(() => {
        throw error
      })
    }
  }, callbackType)
  const wait: [unknown] = [null]
  if (cRegisterWait()(wait, event, callback, null, INFINITE, WT_EXECUTEDEFAULT) === 0) {
    const error = lastError()
    koffi.unregister(callback)
    throw win32Error('RegisterWaitForSingleObject failed', error)
  }
  return { handle: wait[0], callback }
}

/** Waits for a callback that is running: itself never called from one. */
const AND_WAIT = -1
type Callback = (error: unknown, result: number) => void
const cUnregisterWait = bind<
  { async(wait: unknown, event: Handle, done: Callback): void } & ((
    wait: unknown,
    event: Handle,
  ) => number)
>('int __stdcall UnregisterWaitEx(void *wait, intptr_t event)')

/** UnregisterWaitEx, on the work pool; resolves when the callback runs no more. */
export function unregisterWait(wait: Wait): Promise<void> {
  return new Promise((resolve) => {
    cUnregisterWait().async(wait.handle, AND_WAIT, () => {
      loadKoffi().unregister(wait.callback)
      resolve()
    })
  })
}
