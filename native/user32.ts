// SPDX-License-Identifier: Apache-2.0
/** Ending the session: user32.dll, and advapi32.dll where that is refused. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'

const SHTDN_REASON_FLAG_PLANNED = 0x80000000
const ExitWindowsEx = library('user32.dll')<(flags: number, reason: number) => number>(
  'int __stdcall ExitWindowsEx(uint32_t flags, uint32_t reason)',
)

/** ExitWindowsEx, on the work pool. @throws Win32Error */
export async function exitWindows(action: string, flags: number): Promise<void> {
  const { result, error } = await ExitWindowsEx.later(flags, SHTDN_REASON_FLAG_PLANNED)
  if (result === 0) throw win32Error(action, error)
}

const InitiateSystemShutdownExW = library('advapi32.dll')<
  (
    machine: null,
    message: null,
    seconds: number,
    force: number,
    reboot: number,
    reason: number,
  ) => number
>(
  'int __stdcall InitiateSystemShutdownExW(void *machine, void *message, uint32_t seconds, int force, int reboot, uint32_t reason)',
)

/** InitiateSystemShutdownExW, at once, on the work pool. @throws Win32Error */
export async function initiateShutdown(action: string, isReboot: boolean): Promise<void> {
  const { result, error } = await InitiateSystemShutdownExW.later(
    ...([null, null, 0, 1, isReboot ? 1 : 0, SHTDN_REASON_FLAG_PLANNED] as const),
  )
  if (result === 0) throw win32Error(action, error)
}
