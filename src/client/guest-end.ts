// SPDX-License-Identifier: Apache-2.0
/** The guest's end of a copy: the file through the agent, all else through a shell where there is one. */
import type { Client } from './client.ts'
import { CopyError, type Source, stopIf, type Target } from './copy.ts'
import { GuestFile, guestName } from './guest-file.ts'
import { GuestShell } from './guest-shell.ts'

type GuestSource = Source & AsyncDisposable
type GuestTarget = Target & AsyncDisposable & { readonly isKept: boolean }

export class GuestEnd {
  readonly #client: Client
  readonly #path: string
  readonly #timeoutMs: number
  readonly #shell: GuestShell
  /** What is read for the checksum: the path, or the partial file. */
  #checked: string

  private constructor(client: Client, path: string, timeoutMs: number, shell: GuestShell) {
    this.#client = client
    this.#path = path
    this.#timeoutMs = timeoutMs
    this.#shell = shell
    this.#checked = path
  }

  static async look(client: Client, path: string, timeoutMs: number): Promise<GuestEnd> {
    return new GuestEnd(client, path, timeoutMs, await GuestShell.look(client, path))
  }

  /** What is not as the user may expect it. */
  remark(role: 'source' | 'target'): string | undefined {
    const { missing, isSpecial, canReplace, canDigest } = this.#shell
    const name = `"${guestName(this.#path)}"`
    if (isSpecial) return `${name} is no regular file: the copy cannot be verified`
    const facts = [
      ...(role === 'target' && !canReplace ? [`${name} itself is written, no partial file`] : []),
      ...(canDigest ? [] : ['the file is read a second time for its checksum']),
    ]
    if (facts.length === 0) return undefined
    return facts.join(', ') + (missing === undefined ? '' : ` (no guest-exec: ${missing})`)
  }

  async source(): Promise<GuestSource> {
    if (this.#shell.isDirectory) {
      throw new CopyError(`Cannot read "${guestName(this.#path)}": it is a directory`)
    }
    const file = await GuestFile.open(this.#client, this.#path, 'r', this.#timeoutMs)
    const size = this.#shell.isSpecial ? undefined : await file.size()
    return {
      name: file.name,
      size,
      async *chunks(offset) {
        if (size !== undefined || offset > 0) await file.seek(offset, 'set')
        yield* file.chunks()
      },
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    }
  }

  /** @param isResumed keeps the bytes that are there */
  async target(isResumed: boolean): Promise<GuestTarget> {
    const [path, shell] = [this.#path, this.#shell]
    if (shell.isDirectory) {
      const name = guestName(path)
      throw new CopyError(`Cannot write "${name}": it is a directory; name the file in it`)
    }
    const isBeside = shell.canReplace
    const written = isBeside ? `${path}.part` : path
    if (isBeside && shell.isPartLinked) {
      throw new CopyError(`Cannot write "${guestName(written)}": it is a link`)
    }
    this.#checked = written
    const mode = isResumed ? 'a+' : 'w'
    const file = await GuestFile.open(this.#client, written, mode, this.#timeoutMs)
    try {
      // What takes the place of a file is no more readable than that was, from the first byte on.
      if (isBeside && shell.isFile) await shell.adopt(path, written)
      const present = isResumed ? ((await file.size()) ?? 0) : 0
      return {
        name: file.name,
        present,
        isKept: !shell.isSpecial,
        write: (bytes) => file.write(bytes),
        settle: () => file.settle(),
        commit: async () => {
          if (isBeside) await shell.rename(path, written)
        },
        [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
      }
    } catch (error) {
      await file[Symbol.asyncDispose]()
      throw error
    }
  }

  /** SHA-256 of the file or of its first `count` bytes; undefined when it cannot be read again. */
  async digest(signal: AbortSignal, count?: number): Promise<string | undefined> {
    if (this.#shell.isSpecial) return undefined
    if (this.#shell.canDigest) return await this.#shell.digest(this.#checked, count)
    await using file = await GuestFile.open(this.#client, this.#checked, 'r', this.#timeoutMs)
    const hash = new Bun.CryptoHasher('sha256')
    for await (const chunk of file.chunks(count)) {
      stopIf(signal)
      hash.update(chunk)
    }
    return hash.digest('hex')
  }
}
