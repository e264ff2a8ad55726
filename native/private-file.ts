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
import { bindEarly, type EarlyWindows, early, failure, whileHeld } from './early-windows.ts'
import { LIBRARY_NAME } from './installed-file.ts'

/** Protected: SYSTEM, Administrators and the owner may do all, in what is made below too; nobody else anything. */
const ONLY_US = 'D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;S-1-3-4)'
const SDDL_REVISION_1 = 1
/** SECURITY_ATTRIBUTES on 64-bit Windows: nLength, lpSecurityDescriptor, bInheritHandle. */
const SECURITY_ATTRIBUTES = { bytes: 24, descriptor: 8 } as const
const MOVEFILE_DELAY_UNTIL_REBOOT = 4

/**
 * Hands `open` a path to `library`.
 * @throws Error saying what failed
 */
export function withPrivateFile<T>(library: Buffer, open: (path: string) => T): T {
  const system = bindEarly()
  const directory = `${tmpdir()}\\qga-${crypto.randomUUID()}`
  createDirectory(system, directory)
  const path = `${directory}\\${LIBRARY_NAME}`
  try {
    fs.writeFileSync(path, library, { flag: 'wx' })
    const opened = whileHeld(system, path, library, open)
    if (opened === undefined) throw new Error(`Cannot load ${path}: it was changed`)
    return opened
  } finally {
    for (const gone of [path, directory]) {
      system.MoveFileExW(early(gone), null, MOVEFILE_DELAY_UNTIL_REBOOT)
    }
  }
}

/** CreateDirectoryW with the permissions above, at once: there is no moment at which others may enter. */
function createDirectory(system: EarlyWindows, directory: string): void {
  const descriptor = new BigUint64Array(1)
  const isParsed = system.ConvertStringSecurityDescriptorToSecurityDescriptorW(
    early(ONLY_US),
    SDDL_REVISION_1,
    descriptor,
    null,
  )
  if (isParsed === 0) throw failure(system, 'make a security descriptor')
  const attributes = Buffer.alloc(SECURITY_ATTRIBUTES.bytes)
  attributes.writeUInt32LE(SECURITY_ATTRIBUTES.bytes, 0)
  attributes.writeBigUInt64LE(descriptor[0] as bigint, SECURITY_ATTRIBUTES.descriptor)
  const isMade = system.CreateDirectoryW(early(directory), attributes)
  const error = isMade === 0 ? failure(system, `make ${directory}`) : undefined
  system.LocalFree(descriptor[0] as bigint)
  if (error !== undefined) throw error
}
