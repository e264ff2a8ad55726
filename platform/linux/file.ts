// SPDX-License-Identifier: Apache-2.0
/** Files as Linux has them. Every call that a disk or a server can keep waiting is made on the work pool; what is in memory is read at once. */
import * as fs from 'node:fs'
import { lseek, readCached } from '../../native/libc.ts'
import { prepareWorkPool } from '../../native/work-pool.ts'
import { errnoError, errorCode, systemError } from '../../src/errno.ts'
import { AgentError, OsError } from '../../src/errors.ts'
import type { OpenFile } from '../../src/portable/file.ts'
import { type FileMode, usesOf } from '../../src/portable/file-mode.ts'
import type { Permit } from '../../src/schema/command.ts'
import { aboutFile, type Done, NotAsked } from './stalls.ts'
import { openPermitted } from './target.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } =
  fs.constants
const O_CLOEXEC = 0o2000000
const ENOENT = 2

/**
 * Opens a file for guest-file-open.
 * @param createMode permissions of a file that did not exist, whatever the umask
 * @param permit is asked about the file first
 * @throws OsError in upstream's words, and what the permit throws
 */
export async function openFile(
  path: string,
  mode: FileMode,
  spelling: string,
  createMode: number,
  permit?: Permit,
): Promise<OpenFile> {
  prepareWorkPool()
  const name = systemPath(path)
  const flags = openFlags(mode)
  const action = `failed to open file '${path}' (mode: '${spelling}')`
  // Bun takes an empty name for a missing argument.
  if (path === '') throw errnoError(action, ENOENT)
  try {
    if (permit !== undefined) {
      const { fd, isNew } = await openPermitted(name, flags, usesOf(mode), permit)
      if (isNew) await setPermissions(fd, name, path, spelling, createMode)
      return new DescriptorFile(fd, name)
    }
    if (!mode.create) return new DescriptorFile(await open(name, flags), name)
    const fd = await create(name, flags)
    if (fd === undefined) return new DescriptorFile(await open(name, flags & ~O_CREAT), name)
    await setPermissions(fd, name, path, spelling, createMode)
    return new DescriptorFile(fd, name)
  } catch (error) {
    throw failure(action, error)
  }
}

/** Never a controlling terminal, never waiting for the other end of a FIFO. */
function openFlags(mode: FileMode): number {
  const access = mode.read && mode.write ? O_RDWR : mode.write ? O_WRONLY : O_RDONLY
  return (
    access |
    (mode.create ? O_CREAT : 0) |
    (mode.truncate ? O_TRUNC : 0) |
    (mode.append ? O_APPEND : 0) |
    O_NOCTTY |
    O_NONBLOCK |
    O_CLOEXEC
  )
}

/** A new file, made without permissions so that nobody opens it before they are set; undefined when one exists. */
async function create(name: Buffer, flags: number): Promise<number | undefined> {
  try {
    return await open(name, flags | O_EXCL, 0)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined
    throw error
  }
}

async function setPermissions(
  fd: number,
  name: Buffer,
  path: string,
  spelling: string,
  createMode: number,
): Promise<void> {
  try {
    await aboutFile(name, (done) => fs.fchmod(fd, createMode, done))
  } catch (error) {
    await aboutFile(name, (done) => fs.close(fd, done))
    await aboutFile(name, (done) => fs.unlink(name, () => done(null)))
    const octal = createMode.toString(8).padStart(4, '0')
    const action = `failed to set permission ${octal} on new file '${path}' (mode: '${spelling}')`
    throw failure(action, error)
  }
}

/** Reads and writes at the kernel's own position, so that append, devices and pipes behave as everywhere. */
class DescriptorFile implements OpenFile {
  readonly #fd: number
  /** What it was opened by. */
  readonly #name: Buffer
  #wasRead = false

  constructor(fd: number, name: Buffer) {
    this.#fd = fd
    this.#name = name
  }

  read(into: Uint8Array): number | Promise<number> {
    // The first read may have to note the time of access, and that can wait for the disk.
    const got = this.#wasRead ? readCached(this.#fd, into) : undefined
    if (got !== undefined) return got
    this.#wasRead = true
    return attemptLater('failed to read file', this.#name, (done) =>
      fs.read(this.#fd, into, 0, into.length, null, done),
    )
  }

  write(parts: readonly Uint8Array[]): Promise<number> {
    return attemptLater('failed to write to file', this.#name, (done) =>
      fs.writev(this.#fd, parts, null, done),
    )
  }

  seek(offset: number | bigint, whence: number): Promise<number | bigint> {
    const action = 'failed to seek file'
    return attemptLater(action, this.#name, (done) => {
      lseek(action, this.#fd, offset, whence).then((position) => done(null, position), done)
    })
  }

  async close(): Promise<void> {
    await attemptLater('failed to close handle', this.#name, (done) => fs.close(this.#fd, done))
  }
}

/** A path as C sees it: U+0000 cannot end it, because the wire's strings write it C0 80. */
function systemPath(path: string): Buffer {
  if (!path.includes('\0')) return Buffer.from(path)
  const nul = Buffer.from([0xc0, 0x80])
  const parts = path.split('\0').flatMap((part, i) => (i === 0 ? [part] : [nul, part]))
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** A call about a file, failing in upstream's words. */
function attemptLater<T>(action: string, name: Buffer, call: (done: Done<T>) => void): Promise<T> {
  return aboutFile(name, call).catch((error) => {
    throw failure(action, error)
  })
}

function failure(action: string, error: unknown): unknown {
  if (error instanceof AgentError) return error
  if (error instanceof NotAsked) return new OsError(`${action}: ${error.message}`, 'EBUSY')
  return systemError(action, error)
}

function open(name: Buffer, flags: number, mode?: number): Promise<number> {
  return aboutFile(name, (done) => fs.open(name, flags, mode, done))
}
