// SPDX-License-Identifier: Apache-2.0
/** Sleeping: powrprof.dll. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'

const bind = library('powrprof.dll')

/** SYSTEM_POWER_CAPABILITIES: a byte for each thing that the machine can do. */
export const POWER_CAPABILITIES = { bytes: 76, s3: 5, s4: 6 } as const
const GetPwrCapabilities = bind<(capabilities: Buffer) => number>(
  'uint8_t __stdcall GetPwrCapabilities(void *capabilities)',
)

/** GetPwrCapabilities; undefined when it fails. */
export async function powerCapabilities(): Promise<Buffer | undefined> {
  const capabilities = Buffer.alloc(POWER_CAPABILITIES.bytes)
  const { result } = await GetPwrCapabilities.later(capabilities)
  return result === 0 ? undefined : capabilities
}

const SetSuspendState = bind<(hibernate: number, force: number, noWakeEvents: number) => number>(
  'uint8_t __stdcall SetSuspendState(uint8_t hibernate, uint8_t force, uint8_t noWakeEvents)',
)

/** SetSuspendState, on the work pool: it returns when the machine is awake again. @throws Win32Error */
export async function suspend(action: string, isHibernation: boolean): Promise<void> {
  const { result, error } = await SetSuspendState.later(isHibernation ? 1 : 0, 1, 1)
  if (result === 0) throw win32Error(action, error)
}
