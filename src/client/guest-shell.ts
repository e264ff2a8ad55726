// SPDX-License-Identifier: Apache-2.0
/** What of a copy only a shell in the guest can do: renaming, checksums, permissions. */
import { type Client, RefusedError } from './client.ts'
import { CopyError } from './copy.ts'
import { runInGuest } from './exec.ts'
import { guestName } from './guest-file.ts'

/** The path is $1, the partial file $2: no name can become part of the program. */
const SCRIPTS = {
  look: `for tool in mv sha256sum head stat; do command -v $tool >/dev/null && echo $tool; done
test -L "$1" && echo link; test -L "$2" && echo linked-part
if test -d "$1"; then echo directory; elif test -f "$1"; then echo file; elif test -e "$1"; then echo other; fi`,
  digest: 'exec sha256sum <"$1"',
  prefix: 'head -c "$2" <"$1" | sha256sum',
  adopt: 'chown "$(stat -c %u:%g -- "$1")" "$2" && chmod "$(stat -c %a -- "$1")" "$2"',
  rename: 'exec mv -f -- "$2" "$1"',
} as const

/** What a look at the path said. */
export class GuestShell {
  readonly #client: Client
  readonly #words: ReadonlySet<string>
  /** Why there is no shell. */
  readonly missing: string | undefined

  private constructor(client: Client, words: readonly string[], missing?: string) {
    this.#client = client
    this.#words = new Set(words)
    this.missing = missing
  }

  static async look(client: Client, path: string): Promise<GuestShell> {
    try {
      const { output } = await runScript(client, SCRIPTS.look, path, `${path}.part`)
      return new GuestShell(client, output.trimEnd().split('\n'))
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      return new GuestShell(client, [], error.message)
    }
  }

  get isDirectory(): boolean {
    return this.#words.has('directory')
  }

  /** A device or pipe: what was read or written cannot be read again. */
  get isSpecial(): boolean {
    return this.#words.has('other')
  }

  get isFile(): boolean {
    return this.#words.has('file')
  }

  /** A device must not be replaced, and a link not become a file. */
  get canReplace(): boolean {
    return this.#words.has('mv') && !this.isSpecial && !this.#words.has('link')
  }

  /** Somebody else could have laid it there, to lead us elsewhere. */
  get isPartLinked(): boolean {
    return this.#words.has('linked-part')
  }

  get canDigest(): boolean {
    return this.#words.has('sha256sum') && this.#words.has('head')
  }

  /** SHA-256 of the file or of its first `count` bytes. */
  async digest(path: string, count?: number): Promise<string> {
    const [script, ...more] =
      count === undefined ? [SCRIPTS.digest] : [SCRIPTS.prefix, String(count)]
    const output = await this.#run(`read "${guestName(path)}"`, script as string, path, ...more)
    return output.slice(0, 64)
  }

  /** Owner and permissions of the file, for what will take its place. */
  async adopt(path: string, part: string): Promise<void> {
    const attempt = `give "${guestName(part)}" the owner and permissions of "${guestName(path)}"`
    await this.#run(attempt, SCRIPTS.adopt, path, part)
  }

  async rename(path: string, part: string): Promise<void> {
    const attempt = `rename "${guestName(part)}" to "${guestName(path)}"`
    await this.#run(attempt, SCRIPTS.rename, path, part)
  }

  async #run(attempt: string, script: string, ...args: string[]): Promise<string> {
    try {
      const { exitCode, output, errors } = await runScript(this.#client, script, ...args)
      if (exitCode === 0) return output
      throw new CopyError(`Cannot ${attempt}: ${errors.trim()}`)
    } catch (cause) {
      if (!(cause instanceof RefusedError)) throw cause
      throw new CopyError(`Cannot ${attempt}: ${cause.message}`, { cause })
    }
  }
}

async function runScript(
  client: Client,
  script: string,
  ...args: string[]
): Promise<{ exitCode: number; output: string; errors: string }> {
  const status = await runInGuest(client, { command: ['sh', '-c', script, 'sh', ...args], env: [] })
  return {
    exitCode: Number(status.exitcode ?? 128 + Number(status.signal)),
    output: new TextDecoder().decode(status['out-data']),
    errors: new TextDecoder().decode(status['err-data']),
  }
}
