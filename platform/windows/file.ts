// SPDX-License-Identifier: Apache-2.0
/** Files as Windows has them, each call on the work pool. */
import {
  closeHandleLater,
  createFileLater,
  FILE_SHARE_READ,
  GENERIC_READ,
  GENERIC_WRITE,
  type Handle,
  IDENTIFY_ONLY,
  OPEN_EXISTING,
  readWhatIsThere,
} from '../../native/kernel32.ts'
import {
  FILE_TYPE_CHAR,
  FILE_TYPE_PIPE,
  fileTypeLater,
  flushLater,
  neverWait,
  readLater,
  seekLater,
  writeLater,
} from '../../native/kernel32-file.ts'
import { SHARE_ALL } from '../../native/kernel32-identity.ts'
import { OsError } from '../../src/errors.ts'
import type { OpenFile } from '../../src/portable/file.ts'
import { type FileMode, usesOf } from '../../src/portable/file-mode.ts'
import type { Permit } from '../../src/schema/command.ts'
import { longPath } from './parse/path.ts'
import { openPermitted } from './target.ts'

/** FILE_GENERIC_WRITE without FILE_WRITE_DATA: what is written goes to the end, wherever that is by then. */
const APPEND = 0x00120114
const CREATE_ALWAYS = 2
const OPEN_ALWAYS = 4
const FILE_ATTRIBUTE_NORMAL = 0x80

/**
 * Opens a file for guest-file-open.
 * @param permit is asked about the file first
 * @throws OsError in upstream's words, and what the permit throws
 */
export async function openFile(
  path: string,
  mode: FileMode,
  _spelling: string,
  permit?: Permit,
): Promise<OpenFile> {
  const action = `failed to open file '${path}'`
  if (path.includes('\0')) throw new OsError(`${action}: invalid name`, 'WIN32_123')
  const handle = await open(action, path, mode, permit)
  const type = await fileTypeLater(handle)
  if (type === FILE_TYPE_PIPE) neverWait(handle)
  if (type === FILE_TYPE_CHAR) readWhatIsThere(handle)
  return new HandleFile(handle)
}

function open(
  action: string,
  path: string,
  mode: FileMode,
  permit: Permit | undefined,
): Promise<Handle> {
  // Logs are read while others write and rename them; what is written here nobody else writes.
  const share = mode.write ? FILE_SHARE_READ : SHARE_ALL
  const rights = { access: accessFor(mode), share }
  if (permit !== undefined)
    return openPermitted({ action, uses: usesOf(mode), permit }, path, { ...mode, ...rights })
  return createFileLater(action, {
    ...rights,
    path: longPath(path),
    disposition: dispositionFor(mode),
    flags: FILE_ATTRIBUTE_NORMAL | IDENTIFY_ONLY,
  })
}

function accessFor({ read, write, append }: FileMode): number {
  const writing = append ? APPEND : write ? GENERIC_WRITE : 0
  return ((read ? GENERIC_READ : 0) | writing) >>> 0
}

function dispositionFor({ create, truncate }: FileMode): number {
  if (!create) return OPEN_EXISTING
  return truncate ? CREATE_ALWAYS : OPEN_ALWAYS
}

/** Reads and writes at the system's own position, so that append, devices and pipes behave as everywhere. */
class HandleFile implements OpenFile {
  readonly #handle: Handle

  constructor(handle: Handle) {
    this.#handle = handle
  }

  read(into: Uint8Array): Promise<number> {
    return readLater('failed to read file', this.#handle, into)
  }

  async write(parts: readonly Uint8Array[]): Promise<number> {
    let done = 0
    for (const part of parts) {
      const taken = await writeLater('failed to write to file', this.#handle, part)
      done += taken
      if (taken < part.length) break
    }
    return done
  }

  seek(offset: number | bigint, whence: number): Promise<bigint> {
    return seekLater('failed to seek file', this.#handle, offset, whence)
  }

  flush(): Promise<void> {
    return flushLater('failed to flush file', this.#handle)
  }

  close(): Promise<void> {
    return closeHandleLater('failed close handle', this.#handle)
  }
}
