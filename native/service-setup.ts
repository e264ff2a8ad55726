// SPDX-License-Identifier: Apache-2.0
/** Making a service, and how it is started and started again: advapi32.dll. */
import {
  closeServiceHandle,
  openManager,
  SC_MANAGER_CREATE_SERVICE,
  SERVICE_AUTO_START,
  SERVICE_CHANGE_CONFIG,
  SERVICE_START,
  type ServiceHandle,
  withService,
} from './services.ts'
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { NativeMemory } from './windows-memory.ts'

const bind = library('advapi32.dll')

const SERVICE_WIN32_OWN_PROCESS = 0x10
const SERVICE_ERROR_NORMAL = 1

export interface ServiceDefinition {
  readonly name: string
  readonly displayName: string
  readonly command: string
  /** Services that have to run before it; each has to exist on every Windows. */
  readonly dependencies: readonly string[]
}

const CreateServiceW = bind<
  (
    manager: ServiceHandle,
    name: string,
    displayName: string,
    access: number,
    type: number,
    start: number,
    errorControl: number,
    command: string,
    group: null,
    tag: null,
    dependencies: Buffer,
    account: null,
    password: null,
  ) => ServiceHandle | null
>(
  'void * __stdcall CreateServiceW(void *manager, str16 name, str16 displayName, uint32_t access, uint32_t type, uint32_t start, uint32_t errorControl, str16 command, void *group, void *tag, void *dependencies, void *account, void *password)',
)
const ChangeServiceConfigW = bind<
  (
    service: ServiceHandle,
    type: number,
    start: number,
    errorControl: number,
    command: string,
    group: null,
    tag: null,
    dependencies: Buffer,
    account: string,
    password: null,
    displayName: string,
  ) => number
>(
  'int __stdcall ChangeServiceConfigW(void *service, uint32_t type, uint32_t start, uint32_t errorControl, str16 command, void *group, void *tag, void *dependencies, str16 account, void *password, str16 displayName)',
)

/** CreateServiceW, as LocalSystem and started with the system. @throws Win32Error */
export function createService({ name, displayName, command, dependencies }: ServiceDefinition) {
  using manager = openManager(SC_MANAGER_CREATE_SERVICE)
  const handle = CreateServiceW(
    ...([manager.handle, name, displayName, SERVICE_CHANGE_CONFIG] as const),
    ...([SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL] as const),
    ...([command, null, null, multiText(dependencies), null, null] as const),
  )
  if (handle === null) throw win32Error('Failed to install service', lastError())
  closeServiceHandle(handle)
}

/** ChangeServiceConfigW: the same for one that is there. @throws Win32Error */
export function redefineService({ name, displayName, command, dependencies }: ServiceDefinition) {
  withService(name, SERVICE_CHANGE_CONFIG, (service) => {
    const isDone = ChangeServiceConfigW(
      ...([service, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL] as const),
      ...([command, null, null, multiText(dependencies), 'LocalSystem', null] as const),
      displayName,
    )
    if (isDone === 0) throw win32Error('Failed to install service', lastError())
  })
}

/** Each ended by a NUL, and all by one more. */
function multiText(texts: readonly string[]): Buffer {
  return Buffer.from(`${texts.map((text) => `${text}\0`).join('')}\0`, 'utf16le')
}

const ChangeServiceConfig2W = bind<
  (service: ServiceHandle, level: number, information: Buffer) => number
>('int __stdcall ChangeServiceConfig2W(void *service, uint32_t level, void *information)')
const SERVICE_CONFIG_DESCRIPTION = 1
const SERVICE_CONFIG_FAILURE_ACTIONS = 2
const SERVICE_CONFIG_DELAYED_AUTO_START_INFO = 3
const SERVICE_CONFIG_FAILURE_ACTIONS_FLAG = 4
const ERROR_INVALID_LEVEL = 124
const SC_ACTION_RESTART = 1
/** SERVICE_FAILURE_ACTIONSW and SC_ACTION on 64-bit Windows. */
export const FAILURE_ACTIONS = { bytes: 40, count: 24, actions: 32 } as const
export const SC_ACTION_BYTES = 8

export interface ServiceManners {
  readonly description: string
  readonly isDelayed: boolean
  /** Started again after so many milliseconds, the last for ever; after `resetSeconds` without a failure from the first again. */
  readonly restartsMs: readonly number[]
  readonly resetSeconds: number
}

/** ChangeServiceConfig2W: description, delayed start, and what is done when it fails or ends with an error. @throws Win32Error */
export function setManners(name: string, manners: ServiceManners): void {
  const { description, isDelayed, restartsMs, resetSeconds } = manners
  using text = NativeMemory.text(description)
  using actions = new NativeMemory(SC_ACTION_BYTES * restartsMs.length)
  for (const [i, delay] of restartsMs.entries()) {
    actions.bytes.writeUInt32LE(SC_ACTION_RESTART, SC_ACTION_BYTES * i)
    actions.bytes.writeUInt32LE(delay, SC_ACTION_BYTES * i + 4)
  }
  const failure = Buffer.alloc(FAILURE_ACTIONS.bytes)
  failure.writeUInt32LE(resetSeconds, 0)
  failure.writeUInt32LE(restartsMs.length, FAILURE_ACTIONS.count)
  failure.writeBigUInt64LE(actions.address, FAILURE_ACTIONS.actions)
  const settings: readonly (readonly [level: number, information: Buffer])[] = [
    [SERVICE_CONFIG_FAILURE_ACTIONS, failure],
    [SERVICE_CONFIG_DELAYED_AUTO_START_INFO, flag(isDelayed)],
    // An end with an error is a failure as well as a crash.
    [SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, flag(true)],
    // Last: whoever finds it there knows that the rest is.
    [SERVICE_CONFIG_DESCRIPTION, pointer(text.address)],
  ]
  // To have it started again takes the right to start it.
  withService(name, SERVICE_CHANGE_CONFIG | SERVICE_START, (service) => {
    for (const [level, information] of settings) {
      if (ChangeServiceConfig2W(service, level, information) !== 0) continue
      const error = lastError()
      // What is younger than the system, the system does without.
      if (error !== ERROR_INVALID_LEVEL)
        throw win32Error(`Cannot set up the service ${name}`, error)
    }
  })
}

function pointer(address: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(address)
  return bytes
}

function flag(isOn: boolean): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(isOn ? 1 : 0)
  return bytes
}
