// SPDX-License-Identifier: Apache-2.0
/**
 * What of Windows is needed before koffi is there, by bun:ffi. All libraries are in every process: nothing is
 * searched for.
 */
import { CHANGING, strangers } from './access-list.ts'

const GENERIC_READ = 0x80000000
const READ_CONTROL = 0x20000
const FILE_SHARE_READ = 1
const SHARE_ALL = 7
/** Directories can be opened too, and links are not followed. */
const THE_THING_ITSELF = 0x02000000 | 0x00200000
const OPEN_EXISTING = 3
const INVALID_HANDLE_VALUE = -1n
const SE_FILE_OBJECT = 1
/** OWNER_SECURITY_INFORMATION and DACL_SECURITY_INFORMATION. */
const OWNER_AND_LIST = 1 | 4
const SDDL_REVISION_1 = 1
const CURRENT_PROCESS = -1n
const TOKEN_QUERY = 8
const TOKEN_USER = 1
/** TOKEN_USER with the longest SID. */
const TOKEN_USER_BYTES_MAX = 16 + 68

export type EarlyWindows = ReturnType<typeof bindLibraries>

let bound: ReturnType<typeof bindLibraries> | undefined

export function bindEarly() {
  bound ??= bindLibraries()
  return bound
}

function bindLibraries() {
  const { dlopen } = require('bun:ffi') as typeof import('bun:ffi')
  const { symbols: kernel32 } = dlopen('kernel32.dll', {
    CreateDirectoryW: { args: ['ptr', 'ptr'], returns: 'i32' },
    CreateFileW: { args: ['ptr', 'u32', 'u32', 'ptr', 'u32', 'u32', 'ptr'], returns: 'i64' },
    ReadFile: { args: ['i64', 'ptr', 'u32', 'ptr', 'ptr'], returns: 'i32' },
    CloseHandle: { args: ['i64'], returns: 'i32' },
    MoveFileExW: { args: ['ptr', 'ptr', 'u32'], returns: 'i32' },
    LocalFree: { args: ['u64'], returns: 'u64' },
    GetLastError: { args: [], returns: 'u32' },
  })
  const { symbols: advapi32 } = dlopen('advapi32.dll', {
    ConvertStringSecurityDescriptorToSecurityDescriptorW: {
      args: ['ptr', 'u32', 'ptr', 'ptr'],
      returns: 'i32',
    },
    ConvertSecurityDescriptorToStringSecurityDescriptorW: {
      args: ['u64', 'u32', 'u32', 'ptr', 'ptr'],
      returns: 'i32',
    },
    GetSecurityInfo: {
      args: ['i64', 'i32', 'u32', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr'],
      returns: 'u32',
    },
    OpenProcessToken: { args: ['i64', 'u32', 'ptr'], returns: 'i32' },
    GetTokenInformation: { args: ['i64', 'i32', 'ptr', 'u32', 'ptr'], returns: 'i32' },
    ConvertSidToStringSidW: { args: ['u64', 'ptr'], returns: 'i32' },
  })
  return { ...kernel32, ...advapi32 }
}

export function failure(system: EarlyWindows, action: string): Error {
  return new Error(`Cannot ${action}: Windows error ${system.GetLastError()}`)
}

/** UTF-16 and a NUL. */
export function early(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le')
}

/**
 * Hands `use` the path of a file that nobody can write, rename or delete meanwhile, and that was `content` when
 * that had begun.
 * @returns undefined when it is something else
 */
export function whileHeld<T>(
  system: EarlyWindows,
  path: string,
  content: Buffer,
  use: (path: string) => T,
): T | undefined {
  const handle = hold(system, path)
  try {
    // One byte more would not be the same either.
    const found = Buffer.alloc(content.length + 1)
    const count = Buffer.alloc(4)
    if (system.ReadFile(handle, found, found.length, count, null) === 0)
      throw failure(system, `read ${path}`)
    return found.subarray(0, count.readUInt32LE()).equals(content) ? use(path) : undefined
  } finally {
    system.CloseHandle(handle)
  }
}

function hold(system: EarlyWindows, path: string): bigint {
  const handle = open(system, path, GENERIC_READ, FILE_SHARE_READ, 0)
  if (handle === INVALID_HANDLE_VALUE) throw failure(system, `hold ${path}`)
  return handle
}

function open(
  system: EarlyWindows,
  path: string,
  access: number,
  share: number,
  flags: number,
): bigint {
  return system.CreateFileW(
    ...([early(path), access, share, null, OPEN_EXISTING, flags, null] as const),
  )
}

/**
 * Who has some of the rights on a file, directory or link itself, administrators and this process's user left out.
 * @throws Error when it cannot be found out
 */
export function strangersAt(path: string, asked = CHANGING): readonly string[] {
  const system = bindEarly()
  return strangers(descriptorOf(system, path), ownSid(system), asked)
}

function descriptorOf(system: EarlyWindows, path: string): string {
  const handle = open(system, path, READ_CONTROL, SHARE_ALL, THE_THING_ITSELF)
  if (handle === INVALID_HANDLE_VALUE) throw failure(system, `tell who may change ${path}`)
  const descriptor = new BigUint64Array(1)
  const code = system.GetSecurityInfo(
    ...([handle, SE_FILE_OBJECT, OWNER_AND_LIST, null, null, null, null, descriptor] as const),
  )
  system.CloseHandle(handle)
  if (code !== 0) throw new Error(`Cannot tell who may change ${path}: Windows error ${code}`)
  const text = new BigUint64Array(1)
  const isDone = system.ConvertSecurityDescriptorToStringSecurityDescriptorW(
    ...([descriptor[0] as bigint, SDDL_REVISION_1, OWNER_AND_LIST, text, null] as const),
  )
  const error = isDone === 0 ? failure(system, `tell who may change ${path}`) : undefined
  system.LocalFree(descriptor[0] as bigint)
  if (error !== undefined) throw error
  return taken(system, text[0] as bigint)
}

function ownSid(system: EarlyWindows): string {
  const token = new BigInt64Array(1)
  if (system.OpenProcessToken(CURRENT_PROCESS, TOKEN_QUERY, token) === 0)
    throw failure(system, 'open the token')
  const [user, size] = [Buffer.alloc(TOKEN_USER_BYTES_MAX), Buffer.alloc(4)]
  const isDone = system.GetTokenInformation(
    ...([token[0] as bigint, TOKEN_USER, user, user.length, size] as const),
  )
  const error = isDone === 0 ? failure(system, 'tell who we are') : undefined
  system.CloseHandle(token[0] as bigint)
  if (error !== undefined) throw error
  const text = new BigUint64Array(1)
  if (system.ConvertSidToStringSidW(user.readBigUInt64LE(), text) === 0)
    throw failure(system, 'tell who we are')
  return taken(system, text[0] as bigint)
}

/** Text of the system's, which is given back. */
function taken(system: EarlyWindows, address: bigint): string {
  const { read } = require('bun:ffi') as typeof import('bun:ffi')
  const at = Number(address)
  let text = ''
  for (let i = 0; ; i += 2) {
    const unit = read.u16(at as never, i)
    if (unit === 0) break
    text += String.fromCharCode(unit)
  }
  system.LocalFree(address)
  return text
}
