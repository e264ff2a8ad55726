// SPDX-License-Identifier: Apache-2.0
/** The machine and its clocks: kernel32.dll, ntdll.dll. None of these waits. */
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { wideText } from './windows-memory.ts'

const bind = library('kernel32.dll')
type Fill = (bytes: Buffer) => number

const COMPUTERNAME_MAX = 16
const GetComputerNameW = bind<(name: Buffer, characters: [number]) => number>(
  'int __stdcall GetComputerNameW(void *name, _Inout_ uint32_t *characters)',
)

/** GetComputerNameW: the NetBIOS name. @throws OsError `action: system message` */
export function computerName(action: string): string {
  const name = Buffer.alloc(2 * COMPUTERNAME_MAX)
  if (GetComputerNameW(name, [COMPUTERNAME_MAX]) === 0) throw win32Error(action, lastError())
  return wideText(name)
}

/** DYNAMIC_TIME_ZONE_INFORMATION */
export const TIME_ZONE_BYTES = 432
const GetDynamicTimeZoneInformation = bind<Fill>(
  'uint32_t __stdcall GetDynamicTimeZoneInformation(void *information)',
)

/** GetDynamicTimeZoneInformation: the zone, and which of its halves it is now. */
export function timeZone(): { readonly half: number; readonly bytes: Buffer } {
  const bytes = Buffer.alloc(TIME_ZONE_BYTES)
  return { half: GetDynamicTimeZoneInformation(bytes), bytes }
}

const FILETIME_BYTES = 8
const GetSystemTimePreciseAsFileTime = bind<(time: Buffer) => void>(
  'void __stdcall GetSystemTimePreciseAsFileTime(void *time)',
)

/** GetSystemTimePreciseAsFileTime: units of 100 ns since 1601. */
export function systemTime(): bigint {
  const time = Buffer.alloc(FILETIME_BYTES)
  GetSystemTimePreciseAsFileTime(time)
  return time.readBigUInt64LE()
}

export const SYSTEMTIME_BYTES = 16
const FileTimeToSystemTime = bind<(time: Buffer, fields: Buffer) => number>(
  'int __stdcall FileTimeToSystemTime(void *time, void *fields)',
)
const SetSystemTime = bind<Fill>('int __stdcall SetSystemTime(void *fields)')

/** SetSystemTime, to a time in units of 100 ns since 1601. @throws OsError in upstream's words */
export function setSystemTime(time: bigint): void {
  const units = Buffer.alloc(FILETIME_BYTES)
  units.writeBigUInt64LE(time)
  const fields = Buffer.alloc(SYSTEMTIME_BYTES)
  if (FileTimeToSystemTime(units, fields) === 0)
    throw win32Error('Failed to convert system time', lastError())
  if (SetSystemTime(fields) === 0) throw win32Error('Failed to set time to guest', lastError())
}

export const SYSTEM_INFO_BYTES = 48
const GetNativeSystemInfo = bind<(information: Buffer) => void>(
  'void __stdcall GetNativeSystemInfo(void *information)',
)

/** GetNativeSystemInfo: PROCESSOR_ARCHITECTURE_* of the machine, whatever this program is made for. */
export function processorArchitecture(): number {
  const information = Buffer.alloc(SYSTEM_INFO_BYTES)
  GetNativeSystemInfo(information)
  return information.readUInt16LE(0)
}

/** RTL_OSVERSIONINFOEXW */
export const OS_VERSION_BYTES = 284
const RtlGetVersion = library('ntdll.dll')<Fill>(
  'int32_t __stdcall RtlGetVersion(void *information)',
)

/** RtlGetVersion: the version as it is; GetVersionEx tells old programs an old one. */
export function osVersion(): Buffer {
  const information = Buffer.alloc(OS_VERSION_BYTES)
  information.writeUInt32LE(OS_VERSION_BYTES)
  RtlGetVersion(information)
  return information
}

const RELATION_PROCESSOR_CORE = 0
const GetLogicalProcessorInformationEx = bind<
  (relation: number, bytes: Buffer | null, size: [number]) => number
>(
  'int __stdcall GetLogicalProcessorInformationEx(int relation, void *bytes, _Inout_ uint32_t *size)',
)

/** GetLogicalProcessorInformationEx: a record for each core, of all processor groups. @throws OsError in upstream's words */
export function processorCores(): Buffer {
  const size: [number] = [0]
  GetLogicalProcessorInformationEx(RELATION_PROCESSOR_CORE, null, size)
  if (size[0] === 0)
    throw win32Error('Failed to get processor information buffer length', lastError())
  const bytes = Buffer.alloc(size[0])
  if (GetLogicalProcessorInformationEx(RELATION_PROCESSOR_CORE, bytes, size) === 0)
    throw win32Error('Failed to get processor information', lastError())
  return bytes.subarray(0, size[0])
}
