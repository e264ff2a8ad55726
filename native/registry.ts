// SPDX-License-Identifier: Apache-2.0
/** The registry: advapi32.dll. Its functions return their error codes. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'
import { wide, wideText } from './windows-memory.ts'

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

/** The same; undefined when there is no such text. */
export function registryValue(path: string, name: string): string | undefined {
  try {
    return registryText('', path, name)
  } catch {
    return undefined
  }
}

const KEY_READ = 0x20019
const NAME_CHARACTERS_MAX = 256
const RegOpenKeyExW = bind<
  (key: number, path: string, options: number, access: number, opened: [bigint | null]) => number
>(
  'int32_t __stdcall RegOpenKeyExW(intptr_t key, str16 path, uint32_t options, uint32_t access, _Out_ void **opened)',
)
const RegEnumKeyExW = bind<
  (
    key: bigint | null,
    index: number,
    name: Buffer,
    characters: Buffer,
    reserved: null,
    className: null,
    classCharacters: null,
    written: null,
  ) => number
>(
  'int32_t __stdcall RegEnumKeyExW(void *key, uint32_t index, void *name, void *characters, void *reserved, void *className, void *classCharacters, void *written)',
)
const RegCloseKey = bind<(key: bigint | null) => number>('int32_t __stdcall RegCloseKey(void *key)')

/** RegEnumKeyExW: the names of the keys below one of HKEY_LOCAL_MACHINE; none when that is not there. */
export function registryKeys(path: string): readonly string[] {
  const opened: [bigint | null] = [null]
  if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, opened) !== 0) return []
  const names: string[] = []
  for (;;) {
    const [name, characters] = [Buffer.alloc(2 * NAME_CHARACTERS_MAX), Buffer.alloc(4)]
    characters.writeUInt32LE(NAME_CHARACTERS_MAX)
    const code = RegEnumKeyExW(
      ...([opened[0], names.length, name, characters, null, null, null, null] as const),
    )
    if (code !== 0) break
    names.push(wideText(name))
  }
  RegCloseKey(opened[0])
  return names
}

const REG_EXPAND_SZ = 2
const REG_DWORD = 4
const RegSetKeyValueW = bind<
  (key: number, path: string, name: string, type: number, value: Buffer, bytes: number) => number
>(
  'int32_t __stdcall RegSetKeyValueW(intptr_t key, str16 path, str16 name, uint32_t type, void *value, uint32_t bytes)',
)

/** RegSetKeyValueW: a number, or a text in which `%NAME%` is a variable; the key is made. @throws OsError `action: system message` */
export function setRegistryValue(path: string, name: string, value: number | string): void {
  const bytes = typeof value === 'number' ? Buffer.alloc(4) : wide(value)
  if (typeof value === 'number') bytes.writeUInt32LE(value)
  const type = typeof value === 'number' ? REG_DWORD : REG_EXPAND_SZ
  const code = RegSetKeyValueW(HKEY_LOCAL_MACHINE, path, name, type, bytes, bytes.length)
  if (code !== 0) throw win32Error(`Cannot write HKLM\\${path}`, code)
}

const ERROR_FILE_NOT_FOUND = 2
const RegDeleteTreeW = bind<(key: number, path: string) => number>(
  'int32_t __stdcall RegDeleteTreeW(intptr_t key, str16 path)',
)

/** RegDeleteTreeW; one that is not there is as good. @throws OsError `action: system message` */
export function deleteRegistryKey(path: string): void {
  const code = RegDeleteTreeW(HKEY_LOCAL_MACHINE, path)
  if (code !== 0 && code !== ERROR_FILE_NOT_FOUND)
    throw win32Error(`Cannot delete HKLM\\${path}`, code)
}
