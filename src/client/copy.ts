// SPDX-License-Identifier: Apache-2.0
/** Copies a file between host and guest, whichever way: what is moved, checked and kept. */

/** Bytes of one request: large enough that the round trip does not count, small enough to show progress. */
export const CHUNK_BYTES = 1024 * 1024

/** A file cannot be read or written. */
export class CopyError extends Error {
  override readonly name = 'CopyError'
}

/** What is there is not what was copied: going on from there would be of no use. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
}

/** The copy was asked to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** What is copied. */
export interface Source {
  /** For people: `guest:/path` or the path. */
  readonly name: string
  /** Undefined for what has no end that could be known. */
  readonly size: number | undefined
  /** From `offset` to the end. */
  chunks(offset: number): AsyncIterable<Uint8Array>
}

/** Where it goes: the file itself, or one beside it until it is complete. */
export interface Target {
  readonly name: string
  /** Bytes of an earlier copy that are kept. */
  readonly present: number
  /** May return before the bytes have arrived; a failure is thrown by a later call then. */
  write(bytes: Uint8Array): Promise<void>
  /** Everything has arrived, and nothing is written any more. */
  settle(): Promise<void>
  /** Gives the complete file its name. */
  commit(): Promise<void>
}

export interface Copying {
  readonly source: Source
  readonly target: Target
  /** Reads the first `count` bytes of the host's file. */
  hostChunks(count: number): AsyncIterable<Uint8Array>
  /** SHA-256 of the guest's file or of its first `count` bytes; undefined when what is there cannot be read again. */
  guestDigest(count?: number): Promise<string | undefined>
  readonly signal: AbortSignal
  onProgress(done: number): void
}

export interface Copied {
  readonly bytes: number
  /** Where an interrupted copy was taken up. */
  readonly 'resumed-at': number
  readonly sha256: string
  readonly verified: boolean
}

/**
 * @throws CopyError, Mismatch, Interrupted, ConnectionLost; what was written so far stays
 */
export async function copy(copying: Copying): Promise<Copied> {
  const { source, target, signal } = copying
  const hash = new Bun.CryptoHasher('sha256')
  const present = target.present
  if (present > 0) await checkPrefix(copying, hash)
  let bytes = present
  copying.onProgress(bytes)
  for await (const chunk of source.chunks(present)) {
    stopIf(signal)
    hash.update(chunk)
    await target.write(chunk)
    bytes += chunk.length
    copying.onProgress(bytes)
  }
  await target.settle()
  stopIf(signal)
  const sha256 = hash.digest('hex')
  const found = await copying.guestDigest()
  if (found !== undefined && found !== sha256) {
    throw new Mismatch(
      `Cannot verify "${target.name}": SHA-256 of "${source.name}" and of the copy differ; did one of them change meanwhile?`,
    )
  }
  await target.commit()
  return { bytes, 'resumed-at': present, sha256, verified: found !== undefined }
}

/** Makes sure that what is there is the beginning of the source, and puts it into the hash. */
async function checkPrefix(
  { source, target, signal, hostChunks, guestDigest }: Copying,
  hash: Bun.CryptoHasher,
): Promise<void> {
  const { present } = target
  const isTooLong = source.size !== undefined && present > source.size
  if (!isTooLong) {
    for await (const chunk of hostChunks(present)) {
      stopIf(signal)
      hash.update(chunk)
    }
    if ((await guestDigest(present)) === hash.copy().digest('hex')) return
  }
  throw new Mismatch(
    `Cannot resume: "${target.name}" is not the beginning of "${source.name}"; without --resume it is written anew`,
  )
}

export function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted('interrupted')
}
