// SPDX-License-Identifier: Apache-2.0
/** The host's end of a copy. */
import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { errorCode, strerror } from '../errno.ts'
import { CHUNK_BYTES, CopyError, type Source, type Target } from './copy.ts'

const [open, close, read, write] = [fs.open, fs.close, fs.read, fs.write].map(promisify) as [
  (path: string, flags: number, mode?: number) => Promise<number>,
  (fd: number) => Promise<void>,
  (
    fd: number,
    into: Uint8Array,
    at: number,
    count: number,
    position: number | null,
  ) => Promise<{ bytesRead: number }>,
  (
    fd: number,
    bytes: Uint8Array,
    at: number,
    count: number,
    position: number | null,
  ) => Promise<{ bytesWritten: number }>,
]
const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants
const [STDIN, STDOUT] = [0, 1]
/** Less the umask. */
const NEW_FILE_MODE = 0o666

/** An open file, or one of our own streams for `-`. */
export class HostFile implements Source, Target {
  readonly name: string
  readonly size: number | undefined
  readonly present: number
  /** Whether it is there after a failure, to go on with. */
  readonly isKept: boolean
  readonly #fd: number
  /** Where to write next; null for what has no positions. */
  #position: number | null
  readonly #finalPath: string | undefined
  #isOpen = true

  private constructor(name: string, fd: number, use: { keep?: boolean; finalPath?: string } = {}) {
    const stat = fs.fstatSync(fd)
    this.name = name
    this.#fd = fd
    this.size = stat.isFile() ? stat.size : undefined
    this.isKept = stat.isFile() && fd !== STDOUT
    this.present = use.keep ? (this.size ?? 0) : 0
    // A redirected stdout may have been opened to append, or hold something already.
    this.#position = stat.isFile() && fd !== STDOUT ? this.present : null
    this.#finalPath = use.finalPath
  }

  static async source(path: string): Promise<HostFile> {
    if (path === '-') return new HostFile('-', STDIN)
    const fd = await naming('read', path, open(path, O_RDONLY))
    if (!fs.fstatSync(fd).isDirectory()) return new HostFile(path, fd)
    await close(fd)
    throw new CopyError(`Cannot read "${path}": it is a directory`)
  }

  /** @param isResumed keeps the bytes that are there */
  static async target(path: string, isResumed: boolean): Promise<HostFile> {
    if (path === '-') return new HostFile('-', STDOUT)
    const linked = fs.lstatSync(path, { throwIfNoEntry: false })
    const stat = fs.statSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) {
      throw new CopyError(`Cannot write "${path}": it is a directory; name the file in it`)
    }
    // A device must not be replaced, and a link not become a file.
    const isDirect = linked !== undefined && !linked.isFile()
    const name = isDirect ? path : `${path}.part`
    // Whoever else may write to the directory must not lead us elsewhere.
    const kind = (isResumed ? O_RDWR : O_WRONLY | O_TRUNC) | (isDirect ? 0 : O_NOFOLLOW)
    const fd = await naming('write', name, open(name, kind | O_CREAT, NEW_FILE_MODE))
    // What takes the place of a file is no more readable than that was.
    if (!isDirect && linked !== undefined) fs.fchmodSync(fd, linked.mode & 0o777)
    return new HostFile(name, fd, { keep: isResumed, ...(!isDirect && { finalPath: path }) })
  }

  async *chunks(offset: number, end = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    for (let at = offset; at < end; ) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - at))
      const position = this.size === undefined ? null : at
      const reading = read(this.#fd, chunk, 0, chunk.length, position)
      const { bytesRead } = await naming('read', this.name, reading)
      if (bytesRead === 0) return
      yield chunk.subarray(0, bytesRead)
      at += bytesRead
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const writing = write(this.#fd, bytes, done, bytes.length - done, this.#position)
      const { bytesWritten } = await naming('write', this.name, writing)
      done += bytesWritten
      if (this.#position !== null) this.#position += bytesWritten
    }
  }

  async settle(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (this.#fd > STDOUT) await naming('write', this.name, close(this.#fd))
  }

  async commit(): Promise<void> {
    if (this.#finalPath === undefined) return
    await naming('write', this.#finalPath, fs.promises.rename(this.name, this.#finalPath))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settle()
  }
}

/** What `pending` gives; its failure said with what was attempted on what. */
async function naming<T>(attempt: string, path: string, pending: Promise<T>): Promise<T> {
  try {
    return await pending
  } catch (cause) {
    const code = errorCode(cause)
    if (code === undefined) throw cause
    throw new CopyError(`Cannot ${attempt} "${path}": ${strerror(code)}`, { cause })
  }
}
