// SPDX-License-Identifier: Apache-2.0
/** The registry: advapi32.dll. Its functions return their error codes. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'
import { wide, wideText } from './windows-memory.ts'

const bind = library('advapi32.dll')

/** HKEY_LOCAL_MACHINE, extended with its sign as the headers have it. */
const HKEY_LOCAL_MACHINE = -2147483646
/** A key that is open. */
type Hkey = (number | bigint) & { readonly brand: 'HKEY' }

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

const KEY_WRITE = 0x20006
const REG_SZ = 1
const REG_DWORD = 4
const RegCreateKeyExW = bind<
  (
    key: number,
    path: string,
    reserved: number,
    type: null,
    options: number,
    access: number,
    security: null,
    created: [Hkey],
    disposition: null,
  ) => number
>(
  'int32_t __stdcall RegCreateKeyExW(intptr_t key, str16 path, uint32_t reserved, void *type, uint32_t options, uint32_t access, void *security, _Out_ intptr_t *created, void *disposition)',
)
const RegSetValueExW = bind<
  (key: Hkey, name: string, reserved: number, type: number, value: Buffer, bytes: number) => number
>(
  'int32_t __stdcall RegSetValueExW(intptr_t key, str16 name, uint32_t reserved, uint32_t type, void *value, uint32_t bytes)',
)
const RegCloseKey = bind<(key: Hkey) => number>('int32_t __stdcall RegCloseKey(intptr_t key)')

/** RegSetValueExW: texts and 32-bit numbers of a key below HKEY_LOCAL_MACHINE. @throws OsError `action: system message` */
export function setRegistryValues(
  action: string,
  path: string,
  values: Readonly<Record<string, string | number>>,
): void {
  const key: [Hkey] = [0 as Hkey]
  const created = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, null, 0, KEY_WRITE, null, key, null)
  if (created !== 0) throw win32Error(action, created)
  try {
    for (const [name, value] of Object.entries(values)) {
      const isText = typeof value === 'string'
      const bytes = isText ? wide(value) : Buffer.from(new Uint32Array([value]).buffer)
      const type = isText ? REG_SZ : REG_DWORD
      const code = RegSetValueExW(key[0], name, 0, type, bytes, bytes.length)
      if (code !== 0) throw win32Error(action, code)
    }
  } finally {
    RegCloseKey(key[0])
  }
}

const RegDeleteTreeW = bind<(key: number, path: string) => number>(
  'int32_t __stdcall RegDeleteTreeW(intptr_t key, str16 path)',
)

/** RegDeleteTreeW below HKEY_LOCAL_MACHINE; that it is not there is as good. */
export function deleteRegistryTree(path: string): void {
  RegDeleteTreeW(HKEY_LOCAL_MACHINE, path)
}
