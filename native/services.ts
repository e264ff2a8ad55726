// SPDX-License-Identifier: Apache-2.0
/** Services as whoever installs and examines them sees them: advapi32.dll. At once: the manager answers from memory. */
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { NativeMemory, wideTextAt } from './windows-memory.ts'

const bind = library('advapi32.dll')

/** A SC_HANDLE that CloseServiceHandle closes. */
export type ServiceHandle = bigint & { readonly brand: 'SC_HANDLE' }

const ERROR_SERVICE_DOES_NOT_EXIST = 1060
const ERROR_SERVICE_ALREADY_RUNNING = 1056
const ERROR_SERVICE_NOT_ACTIVE = 1062

export const SERVICE_STATES = { 1: 'stopped', 2: 'starting', 3: 'stopping', 4: 'running' } as const
export type ServiceState = (typeof SERVICE_STATES)[keyof typeof SERVICE_STATES] | 'paused'

const SC_MANAGER_CONNECT = 1
export const SC_MANAGER_CREATE_SERVICE = 2
const SERVICE_QUERY_CONFIG = 1
export const SERVICE_CHANGE_CONFIG = 2
const SERVICE_QUERY_STATUS = 4
export const SERVICE_START = 0x10
const SERVICE_STOP = 0x20
const DELETE = 0x10000
export const SERVICE_AUTO_START = 2

const OpenSCManagerW = bind<
  (machine: null, database: null, access: number) => ServiceHandle | null
>('void * __stdcall OpenSCManagerW(void *machine, void *database, uint32_t access)')
const OpenServiceW = bind<
  (manager: ServiceHandle, name: string, access: number) => ServiceHandle | null
>('void * __stdcall OpenServiceW(void *manager, str16 name, uint32_t access)')
export const closeServiceHandle = bind<(handle: ServiceHandle) => number>(
  'int __stdcall CloseServiceHandle(void *handle)',
)

/** A handle that is closed when it goes out of scope. */
class Owned implements Disposable {
  readonly handle: ServiceHandle

  constructor(handle: ServiceHandle) {
    this.handle = handle
  }

  [Symbol.dispose](): void {
    closeServiceHandle(this.handle)
  }
}

/** OpenSCManagerW @throws Win32Error */
export function openManager(access: number): Owned {
  const handle = OpenSCManagerW(null, null, access)
  if (handle === null) throw win32Error('No handle to service control manager', lastError())
  return new Owned(handle)
}

/** OpenServiceW; undefined when there is no such service. @throws Win32Error */
function openService(name: string, access: number): Owned | undefined {
  using manager = openManager(SC_MANAGER_CONNECT)
  const handle = OpenServiceW(manager.handle, name, access)
  if (handle !== null) return new Owned(handle)
  const error = lastError()
  if (error === ERROR_SERVICE_DOES_NOT_EXIST) return undefined
  throw win32Error('No handle to service', error)
}

/** @throws Win32Error also when there is no such service */
export function withService<T>(
  name: string,
  access: number,
  act: (service: ServiceHandle) => T,
): T {
  using service = openService(name, access)
  if (service === undefined) throw win32Error('No handle to service', ERROR_SERVICE_DOES_NOT_EXIST)
  return act(service.handle)
}

/** QUERY_SERVICE_CONFIGW and SERVICE_STATUS_PROCESS on 64-bit Windows. */
export const SERVICE_CONFIG = { bytes: 64, start: 4, binaryPath: 16, account: 48 } as const
export const SERVICE_STATUS_PROCESS = { bytes: 36, state: 4, pid: 28 } as const
/** What QueryServiceConfigW's page calls the most there is. */
const CONFIG_BYTES_MAX = 8192

const QueryServiceConfigW = bind<
  (service: ServiceHandle, config: bigint, bytes: number, needed: Buffer) => number
>('int __stdcall QueryServiceConfigW(void *service, void *config, uint32_t bytes, void *needed)')
const QueryServiceStatusEx = bind<
  (service: ServiceHandle, level: number, status: Buffer, bytes: number, needed: Buffer) => number
>(
  'int __stdcall QueryServiceStatusEx(void *service, int level, void *status, uint32_t bytes, void *needed)',
)

export interface ServiceFacts {
  readonly state: ServiceState
  /** 0 when it does not run. */
  readonly pid: number
  /** SERVICE_AUTO_START and its like. */
  readonly start: number
  /** The program and its arguments. */
  readonly command: string
  readonly account: string
}

/** QueryServiceConfigW and QueryServiceStatusEx; undefined when there is no such service. @throws Win32Error */
export function queryService(name: string): ServiceFacts | undefined {
  using service = openService(name, SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS)
  if (service === undefined) return undefined
  using config = new NativeMemory(CONFIG_BYTES_MAX)
  const { handle } = service
  if (QueryServiceConfigW(handle, config.address, CONFIG_BYTES_MAX, Buffer.alloc(4)) === 0)
    throw win32Error(`Cannot query the service ${name}`, lastError())
  const status = Buffer.alloc(SERVICE_STATUS_PROCESS.bytes)
  if (QueryServiceStatusEx(handle, 0, status, status.length, Buffer.alloc(4)) === 0)
    throw win32Error(`Cannot query the service ${name}`, lastError())
  const text = (at: number) => wideTextAt(config.bytes.readBigUInt64LE(at))
  const state = status.readUInt32LE(SERVICE_STATUS_PROCESS.state)
  return {
    state: SERVICE_STATES[state as keyof typeof SERVICE_STATES] ?? 'paused',
    pid: status.readUInt32LE(SERVICE_STATUS_PROCESS.pid),
    start: config.bytes.readUInt32LE(SERVICE_CONFIG.start),
    command: text(SERVICE_CONFIG.binaryPath),
    account: text(SERVICE_CONFIG.account),
  }
}

const StartServiceW = bind<(service: ServiceHandle, count: number, args: null) => number>(
  'int __stdcall StartServiceW(void *service, uint32_t count, void *args)',
)
const ControlService = bind<(service: ServiceHandle, control: number, status: Buffer) => number>(
  'int __stdcall ControlService(void *service, uint32_t control, void *status)',
)
const DeleteService = bind<(service: ServiceHandle) => number>(
  'int __stdcall DeleteService(void *service)',
)
const SERVICE_CONTROL_STOP = 1
export const SERVICE_STATUS_BYTES = 28

/** StartServiceW; one that runs is as good. @throws Win32Error */
export function startService(name: string): void {
  withService(name, SERVICE_START, (service) => {
    if (StartServiceW(service, 0, null) !== 0) return
    const error = lastError()
    if (error !== ERROR_SERVICE_ALREADY_RUNNING)
      throw win32Error(`Cannot start the service ${name}`, error)
  })
}

/** ControlService: asks it to stop; one that does not run is as good. @throws Win32Error */
export function stopService(name: string): void {
  withService(name, SERVICE_STOP, (service) => {
    if (ControlService(service, SERVICE_CONTROL_STOP, Buffer.alloc(SERVICE_STATUS_BYTES)) !== 0)
      return
    const error = lastError()
    if (error !== ERROR_SERVICE_NOT_ACTIVE)
      throw win32Error(`Cannot stop the service ${name}`, error)
  })
}

/** DeleteService @throws Win32Error */
export function deleteService(name: string): void {
  withService(name, DELETE, (service) => {
    if (DeleteService(service) === 0) throw win32Error('Failed to delete service', lastError())
  })
}

/** Whether this process may make services: what an administrator is for. */
export function canCreateServices(): boolean {
  try {
    openManager(SC_MANAGER_CREATE_SERVICE)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}
