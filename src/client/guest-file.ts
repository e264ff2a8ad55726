// SPDX-License-Identifier: Apache-2.0
/** An open file in the guest, with several requests on their way so that no round trip is waited for. */
import type { CommandName } from '../schema/contract.ts'
import { within } from '../within.ts'
import { type Arguments, type Client, RefusedError, type Result } from './client.ts'
import { CHUNK_BYTES, CopyError } from './copy.ts'

/** Requests on their way at once. */
const DEPTH = 4
/** What a handle that is given up may take: the agent may be what has failed. */
const CLOSE_MS = 2000

export class GuestFile {
  readonly name: string
  readonly #client: Client
  readonly #timeoutMs: number
  readonly #handle: number | bigint
  readonly #onItsWay: Promise<void>[] = []
  #isOpen = true

  private constructor(client: Client, path: string, handle: number | bigint, timeoutMs: number) {
    this.name = guestName(path)
    this.#client = client
    this.#handle = handle
    this.#timeoutMs = timeoutMs
  }

  /** @param mode of fopen(3) */
  static async open(
    client: Client,
    path: string,
    mode: 'r' | 'w' | 'a+',
    timeoutMs: number,
  ): Promise<GuestFile> {
    const opening = client.call('guest-file-open', { path, mode }, timeoutMs)
    const handle = await naming(mode === 'r' ? 'read' : 'write', guestName(path), opening)
    return new GuestFile(client, path, handle, timeoutMs)
  }

  /** Undefined for what has no positions. Leaves the position at the end. */
  async size(): Promise<number | undefined> {
    try {
      return await this.seek(0, 'end')
    } catch (error) {
      if (error instanceof CopyError) return undefined
      throw error
    }
  }

  async seek(offset: number, whence: 'set' | 'end'): Promise<number> {
    const { position } = await this.#call('seek in', 'guest-file-seek', { offset, whence })
    return Number(position)
  }

  /** From the position to the end, or `count` bytes. */
  async *chunks(count = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
    const reads: Promise<Result<'guest-file-read'>>[] = []
    let isEnd = false
    for (let asked = 0; ; ) {
      while (!isEnd && asked < count && reads.length < DEPTH) {
        const size = Math.min(CHUNK_BYTES, count - asked)
        reads.push(quiet(this.#call('read', 'guest-file-read', { count: size })))
        asked += size
      }
      const next = await reads.shift()
      if (next === undefined) return
      isEnd ||= next.eof || next.count === 0
      if (next.count > 0) yield next['buf-b64']
    }
  }

  /** A failure is thrown by a later call. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#onItsWay.length >= DEPTH) await this.#onItsWay.shift()
    this.#onItsWay.push(quiet(this.#writeNow(bytes)))
  }

  /** Everything written has arrived, and the handle is closed. */
  async settle(): Promise<void> {
    for (const write of this.#onItsWay.splice(0)) await write
    this.#isOpen = false
    await this.#call('write', 'guest-file-close', {})
  }

  /** Gives up the handle, which outlives our connection otherwise. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    const closing = this.#client.call('guest-file-close', { handle: this.#handle }, CLOSE_MS)
    // What went wrong before is what the user is told.
    const closed = closing.then(
      () => {},
      () => {},
    )
    await within(CLOSE_MS, closed)
  }

  async #writeNow(bytes: Uint8Array): Promise<void> {
    const { count } = await this.#call('write', 'guest-file-write', { 'buf-b64': bytes })
    if (Number(count) === bytes.length) return
    throw new CopyError(`Cannot write "${this.name}": it took ${count} of ${bytes.length} bytes`)
  }

  #call<N extends CommandName>(
    attempt: string,
    name: N,
    args: Omit<Arguments<N>, 'handle'>,
  ): Promise<Result<N>> {
    const whole = { ...args, handle: this.#handle } as unknown as Arguments<N>
    return naming(attempt, this.name, this.#client.call(name, whole, this.#timeoutMs))
  }
}

export function guestName(path: string): string {
  return `guest:${path}`
}

/** A rejection that nobody waits for yet must not end the program. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** `failed to open file '/x' (mode: 'r'): No such file or directory`: what follows is ours to say. */
const FAILURE = /^failed to .*: ([^:]+)$/s

async function naming<T>(attempt: string, name: string, pending: Promise<T>): Promise<T> {
  try {
    return await pending
  } catch (cause) {
    if (!(cause instanceof RefusedError)) throw cause
    const reason = FAILURE.exec(cause.message)?.[1] ?? cause.message
    throw new CopyError(`Cannot ${attempt} "${name}": ${reason}`, { cause })
  }
}
