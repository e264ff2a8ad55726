// SPDX-License-Identifier: Apache-2.0
/** Files as Windows has them, each call on the work pool. */
import { win32 } from 'node:path'
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
import { OsError } from '../../src/errors.ts'
import type { OpenFile } from '../../src/portable/file.ts'
import type { FileMode } from '../../src/portable/file-mode.ts'

/** FILE_GENERIC_WRITE without FILE_WRITE_DATA: what is written goes to the end, wherever that is by then. */
const APPEND = 0x00120114
const CREATE_ALWAYS = 2
const OPEN_ALWAYS = 4
const FILE_ATTRIBUTE_NORMAL = 0x80
/** A longer name needs a prefix; directories need room for a file's short name. */
const PLAIN_PATH_MAX = 247

/** @throws OsError in upstream's words */
export async function openFile(path: string, mode: FileMode): Promise<OpenFile> {
  const action = `failed to open file '${path}'`
  if (path.includes('\0')) throw new OsError(`${action}: invalid name`, 'WIN32_123')
  const handle = await createFileLater(action, {
    path: longPath(path),
    access: accessFor(mode),
    share: FILE_SHARE_READ,
    disposition: dispositionFor(mode),
    flags: FILE_ATTRIBUTE_NORMAL | IDENTIFY_ONLY,
  })
  const type = await fileTypeLater(handle)
  if (type === FILE_TYPE_PIPE) neverWait(handle)
  if (type === FILE_TYPE_CHAR) readWhatIsThere(handle)
  return new HandleFile(handle)
}

function accessFor({ read, write, append }: FileMode): number {
  const writing = append ? APPEND : write ? GENERIC_WRITE : 0
  return ((read ? GENERIC_READ : 0) | writing) >>> 0
}

function dispositionFor({ create, truncate }: FileMode): number {
  if (!create) return OPEN_EXISTING
  return truncate ? CREATE_ALWAYS : OPEN_ALWAYS
}

/** With the prefix that lifts the limit of 259 characters, where there is such a form of the name. */
function longPath(path: string): string {
  if (path.length <= PLAIN_PATH_MAX) return path
  if (/^[A-Za-z]:[/\\]/.test(path)) return `\\\\?\\${win32.normalize(path)}`
  if (/^\\\\[^.?\\]/.test(path)) return `\\\\?\\UNC${win32.normalize(path).slice(1)}`
  return path
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
