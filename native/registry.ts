// SPDX-License-Identifier: Apache-2.0
/** The registry: advapi32.dll. Its functions return their error codes. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'
import { wideText } from './windows-memory.ts'

const bind = library('advapi32.dll')

/** HKEY_LOCAL_MACHINE, extended with its sign as the headers have it. */
const HKEY_LOCAL_MACHINE = -2147483646

const RRF_RT_REG_SZ = 0x2
const VALUE_BYTES_MAX = 2048
const RegGetValueW = bind<
  (
    key: number,
    path: string,
    name: string,
    flags: number,
    type: null,
    value: Buffer,
    size: [number],
  ) => number
>(
  'int32_t __stdcall RegGetValueW(intptr_t key, str16 path, str16 name, uint32_t flags, void *type, void *value, _Inout_ uint32_t *size)',
)

/** RegGetValueW: a text below HKEY_LOCAL_MACHINE, its variables replaced. @throws OsError `action: system message` */
export function registryText(action: string, path: string, name: string): string {
  const value = Buffer.alloc(VALUE_BYTES_MAX)
  const size: [number] = [value.length]
  const code = RegGetValueW(HKEY_LOCAL_MACHINE, path, name, RRF_RT_REG_SZ, null, value, size)
  if (code !== 0) throw win32Error(action, code)
  return wideText(value, 0, size[0])
}

/** RegGetValueW: the same when it is there; the value without a name when that is empty. */
export function findRegistryText(path: string, name: string): string | undefined {
  const value = Buffer.alloc(VALUE_BYTES_MAX)
  const size: [number] = [value.length]
  const code = RegGetValueW(HKEY_LOCAL_MACHINE, path, name, RRF_RT_REG_SZ, null, value, size)
  return code === 0 ? wideText(value, 0, size[0]) : undefined
}

const RRF_RT_REG_DWORD = 0x10

/** RegGetValueW: a number below HKEY_LOCAL_MACHINE when it is there. */
export function findRegistryNumber(path: string, name: string): number | undefined {
  const value = Buffer.alloc(4)
  const size: [number] = [value.length]
  const code = RegGetValueW(HKEY_LOCAL_MACHINE, path, name, RRF_RT_REG_DWORD, null, value, size)
  return code === 0 ? value.readUInt32LE() : undefined
}
