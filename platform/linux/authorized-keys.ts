// SPDX-License-Identifier: Apache-2.0
/**
 * A user's own file of keys. The user owns the directory, so whatever lies there may have been put
 * there to have somebody else's file read or replaced: this runs with the user's credentials only
 * (as-user.ts), follows no link below the home, and replaces the file in one step.
 */
import * as fs from 'node:fs'
import type { Account } from '../../native/credentials.ts'
import { attempt, errnoError, errorCode, systemError } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'
import { keysIn, withKeys, withoutKeys } from './parse/authorized-keys.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } =
  fs.constants
/** open(2): a place in the file system, which needs no permission to be read. */
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000

const FILE = 'authorized_keys'
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700
/** A file that is larger holds no keys that sshd would read in time. */
const BYTES_MAX = 8 * 1024 * 1024

export type KeysTask =
  | { readonly task: 'get' }
  | { readonly task: 'add'; readonly keys: readonly string[]; readonly reset: boolean }
  | { readonly task: 'remove'; readonly keys: readonly string[] }

/**
 * Carries a task out on the file of an account.
 * @returns the keys, to a `get`
 * @throws OsError in upstream's words
 */
export function workOnKeys(account: Account, task: KeysTask): readonly string[] {
  const file = new KeysFile(account)
  switch (task.task) {
    case 'get': {
      const text = file.read()
      if (text === undefined) throw file.unreadable('ENOENT')
      return keysIn(text).map((key) => Buffer.from(key, 'latin1').toString())
    }
    case 'add': {
      const before = task.reset ? file.refuseLink() : file.read()
      // sshd reads nothing from a directory that others can write to.
      if (before === undefined || before === '') file.makeDirectory()
      file.replace(withKeys(before ?? '', task.keys.map(bytesOf)))
      return []
    }
    case 'remove': {
      const before = file.read()
      if (before !== undefined) file.replace(withoutKeys(before, task.keys.map(bytesOf)))
      return []
    }
  }
}

function bytesOf(key: string): string {
  return Buffer.from(key).toString('latin1')
}

/** Names below are relative to descriptors, as openat(2) has them: nobody can move what lies between. */
class KeysFile {
  readonly #account: Account
  readonly #directoryPath: string
  readonly #path: string
  #home: number | undefined
  #directory: number | undefined

  constructor(account: Account) {
    this.#account = account
    this.#directoryPath = `${account.home}/.ssh`
    this.#path = `${this.#directoryPath}/${FILE}`
  }

  /** latin1; undefined when there is no file. */
  read(): string | undefined {
    if (!this.#openDirectory()) return undefined
    let fd: number
    try {
      fd = fs.openSync(
        `${at(this.#directory)}/${FILE}`,
        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
      )
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined
      throw this.unreadable(errorCode(error))
    }
    try {
      const stat = fs.fstatSync(fd)
      const cannot = `failed to read '${this.#path}': Error reading file “${this.#path}”`
      if (stat.isDirectory()) throw errnoError(cannot, 21)
      if (!stat.isFile()) throw new OsError(`${cannot}: Not a regular file`, 'EINVAL')
      if (stat.size > BYTES_MAX) throw errnoError(cannot, 27)
      return attempt(cannot, () => fs.readFileSync(fd, 'latin1'))
    } finally {
      fs.closeSync(fd)
    }
  }

  /** What is to be replaced unread may still not be a link. */
  refuseLink(): undefined {
    if (this.#openDirectory() && isLink(`${at(this.#directory)}/${FILE}`)) {
      throw this.unreadable('ELOOP')
    }
  }

  makeDirectory(): void {
    if (this.#openDirectory()) return
    const path = this.#directoryPath
    attempt(`failed to create directory '${path}'`, () =>
      fs.mkdirSync(this.#home === undefined ? path : `${at(this.#home)}/.ssh`, DIRECTORY_MODE),
    )
    this.#openDirectory()
    // A default ACL of the home may have given it more.
    attempt(`failed to set permissions of directory '${path}'`, () =>
      fs.chmodSync(at(this.#directory), DIRECTORY_MODE),
    )
  }

  /** The new file takes the place of the old one in one step, or the old one stays. */
  replace(text: string): void {
    const name = `${FILE}.${randomName()}`
    const [temporary, target] = [`${at(this.#directory)}/${name}`, `${at(this.#directory)}/${FILE}`]
    const failed = `failed to write to '${this.#path}'`
    const shown = `${this.#directoryPath}/${name}`
    const fd = attempt(`${failed}: Failed to create file “${shown}”`, () =>
      fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE),
    )
    try {
      attempt(`${failed}: Failed to write file “${shown}”: write() failed`, () => {
        fs.writeFileSync(fd, text, 'latin1')
        fs.fsyncSync(fd)
      })
      attempt(`failed to set ownership of directory '${this.#path}'`, () =>
        fs.fchownSync(fd, this.#account.uid, this.#account.gid),
      )
      attempt(`failed to set permissions of '${this.#path}'`, () => fs.fchmodSync(fd, FILE_MODE))
      attempt(
        `${failed}: Failed to rename file “${shown}” to “${this.#path}”: g_rename() failed`,
        () => fs.renameSync(temporary, target),
      )
    } catch (error) {
      fs.rmSync(temporary, { force: true })
      throw error
    } finally {
      fs.closeSync(fd)
    }
    this.#syncDirectory()
  }

  unreadable(code = 'EIO'): unknown {
    const action = `failed to read '${this.#path}': Failed to open file “${this.#path}”`
    return systemError(action, Object.assign(new Error(code), { code }))
  }

  /** False when there is no home or no directory in it. */
  #openDirectory(): boolean {
    if (this.#directory !== undefined) return true
    const flags = O_PATH | O_DIRECTORY | O_CLOEXEC
    try {
      // The way to the home is the administrator's, and may have links in it.
      this.#home ??= fs.openSync(this.#account.home, flags)
      this.#directory = fs.openSync(`${at(this.#home)}/.ssh`, flags | O_NOFOLLOW)
      return true
    } catch (error) {
      const code = errorCode(error)
      if (code === 'ENOENT') return false
      // A link in the place of a directory is told as one that is none.
      const isThroughLink = this.#home !== undefined && isLink(`${at(this.#home)}/.ssh`)
      throw this.unreadable(isThroughLink ? 'ELOOP' : code)
    }
  }

  /** The new name is on disk, too; where that cannot be had, the file is there all the same. */
  #syncDirectory(): void {
    try {
      const fd = fs.openSync(`${at(this.#directory)}/.`, O_RDONLY | O_DIRECTORY)
      fs.fsyncSync(fd)
      fs.closeSync(fd)
    } catch {
      // Some file systems have no such thing.
    }
  }
}

/** The path of what a descriptor stands for, whatever its name has become: proc_pid_fd(5). */
function at(fd: number | undefined): string {
  return `/proc/self/fd/${fd}`
}

function isLink(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

function randomName(): string {
  return crypto.randomUUID().slice(0, 6).toUpperCase()
}
