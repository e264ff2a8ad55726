// SPDX-License-Identifier: Apache-2.0
/**
 * A service as the process that is one: advapi32.dll. The dispatcher stays in its call until the service has
 * stopped; it is the start routine of a thread that nobody else needs, for it takes and returns what such a
 * routine does.
 */
import { closeHandle, type Handle } from './kernel32.ts'
import { unregisterWait, waitOnce } from './kernel32-wait.ts'
import { loadKoffi } from './koffi.ts'
import { win32Error } from './win32-error.ts'
import { lastError, library, systemDirectory } from './windows-library.ts'
import { NativeMemory } from './windows-memory.ts'

const advapi32 = library('advapi32.dll')
const kernel32 = library('kernel32.dll')

const GetModuleHandleW = kernel32<(name: string) => bigint | null>(
  'void * __stdcall GetModuleHandleW(str16 name)',
)
const LoadLibraryW = kernel32<(path: string) => bigint | null>(
  'void * __stdcall LoadLibraryW(str16 path)',
)
const GetProcAddress = kernel32<(module: bigint, name: string) => bigint | null>(
  'void * __stdcall GetProcAddress(void *module, str name)',
)
const CreateThread = kernel32<
  (
    security: null,
    stackBytes: number,
    start: bigint,
    parameter: bigint,
    flags: number,
    id: Buffer,
  ) => Handle | 0
>(
  'intptr_t __stdcall CreateThread(void *security, uintptr_t stackBytes, void *start, void *parameter, uint32_t flags, void *id)',
)
const GetExitCodeThread = kernel32<(thread: Handle, code: [number]) => number>(
  'int __stdcall GetExitCodeThread(intptr_t thread, _Out_ uint32_t *code)',
)
const RegisterServiceCtrlHandlerExW = advapi32<
  (name: string, handler: bigint, context: null) => bigint | null
>('void * __stdcall RegisterServiceCtrlHandlerExW(str16 name, void *handler, void *context)')
const SetServiceStatus = advapi32<(service: bigint, status: Buffer) => number>(
  'int __stdcall SetServiceStatus(void *service, void *status)',
)

/** SERVICE_STATUS: seven 32-bit fields. */
export const SERVICE_STATUS = {
  ...{ bytes: 28, state: 4, accepts: 8, exitCode: 12, specific: 16, checkpoint: 20, hint: 24 },
} as const
const SERVICE_WIN32_OWN_PROCESS = 0x10
/** SERVICE_TABLE_ENTRYW: a name and a function; an empty one ends the table. */
const TABLE_BYTES = 32
const NO_ERROR = 0
const ERROR_SERVICE_SPECIFIC_ERROR = 1066

export interface ServiceStatus {
  readonly state: 'stopped' | 'starting' | 'stopping' | 'running'
  /** SERVICE_ACCEPT_STOP and its like. */
  readonly accepts?: number
  /** How long until the next report at most. */
  readonly hintMs?: number
  /** Of a service that has stopped: 0, or what it calls its error. */
  readonly exitCode?: number
}

const STATES = { stopped: 1, starting: 2, stopping: 3, running: 4 } as const

export interface ServiceMain {
  /** The manager has started the service; reports its state from here on. */
  started(report: (status: ServiceStatus) => void): void
  /** @returns NO_ERROR, or ERROR_CALL_NOT_IMPLEMENTED */
  control(code: number): number
}

/**
 * StartServiceCtrlDispatcherW; resolves when it has returned: to false when no service manager has started this
 * process. @throws Win32Error
 */
export async function dispatchService(name: string, main: ServiceMain): Promise<boolean> {
  // The thread reads it until the process ends.
  const table = new NativeMemory(TABLE_BYTES)
  table.bytes.writeBigUInt64LE(NativeMemory.text(name).address, 0)
  table.bytes.writeBigUInt64LE(serviceMain(name, main), 8)
  const thread = CreateThread(null, 0, dispatcher(), table.address, 0, Buffer.alloc(4))
  if (thread === 0) throw win32Error('Cannot start a thread', lastError())
  const { promise, resolve } = Promise.withResolvers<void>()
  const wait = waitOnce(thread, resolve)
  await promise
  await unregisterWait(wait)
  const code: [number] = [0]
  GetExitCodeThread(thread, code)
  closeHandle(thread)
  return code[0] !== 0
}

function dispatcher(): bigint {
  const path = `${systemDirectory()}\\advapi32.dll`
  const module = GetModuleHandleW(path) ?? LoadLibraryW(path)
  const address = module && GetProcAddress(module, 'StartServiceCtrlDispatcherW')
  if (!address) throw win32Error('Cannot find the service dispatcher', lastError())
  return address
}

/** Called by a thread of the manager's, for which the JS thread answers. It may return: the service goes on. */
function serviceMain(name: string, main: ServiceMain): bigint {
  const handler = registered(
    'uint32_t __stdcall Handler(uint32_t, uint32_t, void *, void *)',
    main.control,
  )
  return registered('void __stdcall ServiceMain(uint32_t, void *)', () => {
    const service = RegisterServiceCtrlHandlerExW(name, handler, null)
    if (service === null) throw win32Error('Cannot be a service', lastError())
    main.started(reporter(service))
  })
}

function reporter(service: bigint): (status: ServiceStatus) => void {
  let checkpoint = 0
  return ({ state, accepts = 0, hintMs = 0, exitCode = 0 }) => {
    const status = Buffer.alloc(SERVICE_STATUS.bytes)
    const isPending = state === 'starting' || state === 'stopping'
    const fields = {
      state: STATES[state],
      accepts,
      exitCode: exitCode === 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR,
      specific: exitCode,
      checkpoint: isPending ? ++checkpoint : 0,
      hint: hintMs,
    }
    status.writeUInt32LE(SERVICE_WIN32_OWN_PROCESS, 0)
    for (const [field, value] of Object.entries(fields)) {
      status.writeUInt32LE(value, SERVICE_STATUS[field as keyof typeof fields])
    }
    SetServiceStatus(service, status)
  }
}

/** A callback for foreign threads, kept for the life of the process. What it throws must not reach them. */
function registered(prototype: string, call: (code: number) => unknown): bigint {
  const koffi = loadKoffi()
  return koffi.register(
    (code: number) => {
      try {
        return call(code) ?? 0
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
        return 0
      }
    },
    koffi.pointer(koffi.proto(prototype)),
  )
}
