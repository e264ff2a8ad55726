// SPDX-License-Identifier: Apache-2.0
/** What outlives the process, in the state directory: the next file handle, and whether file systems are frozen. */
import * as fs from 'node:fs'
import { errorCode, systemError } from './errno.ts'
import { OsError } from './errors.ts'
import { KeyFileError, parseKeyFile } from './key-file.ts'
import { openOwn } from './own-file.ts'

const FIRST_HANDLE = 1000n
const INT64_MAX = 2n ** 63n - 1n
/** Not through a link that somebody laid there. */
const NEW_FILE = { mode: 0o600, flag: 'wx' } as const

export class State {
  readonly #path: string
  readonly #warn: (message: string) => void
  /** Undefined until it is read. */
  #nextHandle: bigint | undefined

  private constructor(directory: string, warn: (message: string) => void) {
    this.#path = `${directory}/qga.state`
    this.#warn = warn
  }

  /**
   * Reads `qga.state`, and creates it so that an unusable directory shows at the start.
   * @param warn told of a file that cannot be used: numbering then starts anew
   * @throws OsError when the file can be neither read nor written
   */
  static load(directory: string, warn: (message: string) => void): State {
    const state = new State(directory, warn)
    const next = state.#read()
    if (!fs.existsSync(state.#path)) state.#writeNow(next)
    return state
  }

  /** The state of an agent that starts while file systems are frozen: read and written when they are thawed. */
  static frozen(directory: string, warn: (message: string) => void): State {
    return new State(directory, warn)
  }

  /** A handle that was never given out before, also not by an earlier process. */
  async nextHandle(): Promise<bigint> {
    const handle = this.#read()
    this.#nextHandle = handle + 1n
    try {
      const temporary = temporaryPath(this.#path)
      await fs.promises.rm(temporary, { force: true })
      await fs.promises.writeFile(temporary, text(handle + 1n), NEW_FILE)
      await fs.promises.rename(temporary, this.#path)
    } catch (error) {
      throw systemError(`failed to commit persistent state to disk: ${this.#path}`, error)
    }
    return handle
  }

  #read(): bigint {
    this.#nextHandle ??= readNextHandle(this.#path, this.#warn)
    return this.#nextHandle
  }

  #writeNow(next: bigint): void {
    try {
      const temporary = temporaryPath(this.#path)
      fs.rmSync(temporary, { force: true })
      fs.writeFileSync(temporary, text(next), NEW_FILE)
      fs.renameSync(temporary, this.#path)
    } catch (error) {
      const failure = systemError(`failed to write persistent state to ${this.#path}`, error)
      const message = `unable to create state file at path ${this.#path}`
      throw new OsError(message, errorCode(error) ?? 'EIO', failure)
    }
  }
}

function text(nextHandle: bigint): string {
  return `[global]\nfd_counter=${nextHandle}\n`
}

/** Beside the file, so that a rename replaces it at once. */
function temporaryPath(path: string): string {
  return `${path}.${process.pid}`
}

function readNextHandle(path: string, warn: (message: string) => void): bigint {
  try {
    const counter = parseKeyFile(readState(path)).get('global')?.get('fd_counter')
    if (counter === undefined) return FIRST_HANDLE
    const next = /^\d{1,19}$/.test(counter.trim()) ? BigInt(counter) : -1n
    if (next >= 0n && next < INT64_MAX) return next
    warn(`${path} has fd_counter=${counter}, which is no handle: numbering starts anew`)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return FIRST_HANDLE
    if (!(error instanceof KeyFileError)) throw error
    warn(`${cannotLoad(path)}, ${error.message}: numbering starts anew`)
  }
  return FIRST_HANDLE
}

function readState(path: string): Buffer {
  const says = (reason: string) => `${cannotLoad(path)}, ${reason}`
  const fd = openOwn(says, path, fs.constants.O_RDONLY)
  try {
    return fs.readFileSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

function cannotLoad(path: string): string {
  return `error loading persistent state from path: ${path}`
}

/** The file that is there as long as file systems are frozen. */
export function frozenMarker(directory: string): string {
  return `${directory}/qga.state.isfrozen`
}

/**
 * Whether an earlier agent left file systems frozen.
 * @throws OsError in upstream's words when the marker cannot be looked at
 */
export function wasLeftFrozen(directory: string): boolean {
  const path = frozenMarker(directory)
  try {
    // What another user has put there says nothing, be it a second name of a file of root's.
    const stat = fs.lstatSync(path)
    const isOurs = stat.uid === 0 || stat.uid === (process.geteuid?.() ?? stat.uid)
    return isOurs && stat.isFile() && stat.nlink === 1
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw systemError(`unable to access state file at path ${path}`, error)
  }
}
