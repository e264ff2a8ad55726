// SPDX-License-Identifier: Apache-2.0
/**
 * Windows: a library in a directory of this process alone. There are no unnamed files to load from,
 * and Windows\Temp lets every user make files in directories that inherit its permissions.
 *
 * Guarded: the directory is new, has an unguessable name, and from its first moment admits only SYSTEM,
 * Administrators and its owner; the file is new, is held against writing, renaming and deletion, and
 * is compared while it is held, so neither it nor the directories above it can be exchanged before
 * it is loaded. Not guarded: against administrators, who need no agent for what they want.
 * A loaded library cannot be deleted: file and directory go at the next boot.
 */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'

/** Protected: SYSTEM, Administrators and the owner may do all, in what is made below too; nobody else anything. */
const ONLY_US = 'D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;S-1-3-4)'
const SDDL_REVISION_1 = 1
/** SECURITY_ATTRIBUTES on 64-bit Windows: nLength, lpSecurityDescriptor, bInheritHandle. */
const SECURITY_ATTRIBUTES = { bytes: 24, descriptor: 8 } as const
const GENERIC_READ = 0x80000000
const FILE_SHARE_READ = 1
const OPEN_EXISTING = 3
const INVALID_HANDLE_VALUE = -1n
const MOVEFILE_DELAY_UNTIL_REBOOT = 4

/**
 * Hands `open` a path to `library`.
 * @throws Error saying what failed
 */
export function withPrivateFile<T>(library: Buffer, open: (path: string) => T): T {
  const system = bindSystem()
  const directory = `${tmpdir()}\\qga-${crypto.randomUUID()}`
  createDirectory(system, directory)
  const path = `${directory}\\koffi.node`
  try {
    fs.writeFileSync(path, library, { flag: 'wx' })
    const handle = system.CreateFileW(
      wide(path),
      GENERIC_READ,
      FILE_SHARE_READ,
      null,
      OPEN_EXISTING,
      0,
      null,
    )
    if (handle === INVALID_HANDLE_VALUE) throw failure(system, `hold ${path}`)
    try {
      if (!fs.readFileSync(path).equals(library))
        throw new Error(`Cannot load ${path}: it was changed`)
      return open(path)
    } finally {
      system.CloseHandle(handle)
    }
  } finally {
    for (const gone of [path, directory]) {
      system.MoveFileExW(wide(gone), null, MOVEFILE_DELAY_UNTIL_REBOOT)
    }
  }
}

type System = ReturnType<typeof bindSystem>

/** CreateDirectoryW with the permissions above, at once: there is no moment at which others may enter. */
function createDirectory(system: System, directory: string): void {
  const descriptor = new BigUint64Array(1)
  const isParsed = system.ConvertStringSecurityDescriptorToSecurityDescriptorW(
    wide(ONLY_US),
    SDDL_REVISION_1,
    descriptor,
    null,
  )
  if (isParsed === 0) throw failure(system, 'make a security descriptor')
  const attributes = Buffer.alloc(SECURITY_ATTRIBUTES.bytes)
  attributes.writeUInt32LE(SECURITY_ATTRIBUTES.bytes, 0)
  attributes.writeBigUInt64LE(descriptor[0] as bigint, SECURITY_ATTRIBUTES.descriptor)
  const isMade = system.CreateDirectoryW(wide(directory), attributes)
  const error = isMade === 0 ? failure(system, `make ${directory}`) : undefined
  system.LocalFree(descriptor[0] as bigint)
  if (error !== undefined) throw error
}

function failure(system: System, action: string): Error {
  return new Error(`Cannot ${action}: Windows error ${system.GetLastError()}`)
}

function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le')
}

/** By bun:ffi because koffi is not there yet. Both libraries are in every process: nothing is searched for. */
function bindSystem() {
  const { dlopen } = require('bun:ffi') as typeof import('bun:ffi')
  const { symbols: kernel32 } = dlopen('kernel32.dll', {
    CreateDirectoryW: { args: ['ptr', 'ptr'], returns: 'i32' },
    CreateFileW: { args: ['ptr', 'u32', 'u32', 'ptr', 'u32', 'u32', 'ptr'], returns: 'i64' },
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
  })
  return { ...kernel32, ...advapi32 }
}
