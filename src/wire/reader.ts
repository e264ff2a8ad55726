// SPDX-License-Identifier: Apache-2.0
/** A byte stream → JSON values, told apart by bracket balance; the fault where upstream would tell it. */
import type { MalformedRequest } from '../errors.ts'
import { Lexer } from './lexer.ts'
import { Parser, type ReaderOptions } from './parser.ts'
import { SlicePool } from './slice-pool.ts'
import { TOKEN } from './token.ts'

/** A value of the stream: any JSON value but undefined, or the fault found instead of one. */
export type Incoming = NonNullable<unknown> | null | MalformedRequest

const NO_BYTES = Buffer.alloc(0)

export class Reader {
  readonly #pool = new SlicePool()
  readonly #lexer: Lexer
  readonly #parser: Parser
  #chunk: Buffer = NO_BYTES
  #at = 0

  constructor(options: ReaderOptions) {
    this.#lexer = new Lexer(this.#pool, options.tokenBytesMax)
    this.#parser = new Parser(options)
  }

  /** Gives the next bytes of the stream. Call `next` until it returns undefined before the next push. */
  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** The next value or fault, or undefined when more bytes are needed. */
  next(): Incoming | undefined {
    const chunk = this.#chunk
    while (this.#at < chunk.length) {
      this.#at = this.#lexer.scan(chunk, this.#at, this.#parser.expectsEncoded)
      if (this.#lexer.kind === TOKEN.none) break
      const outcome = this.#parser.take(this.#lexer)
      if (outcome !== undefined) return outcome as Incoming
    }
    if (chunk.length > 0) {
      this.#lexer.endChunk(chunk)
      this.#chunk = NO_BYTES
      this.#at = 0
    }
    return undefined
  }

  /** Another peer: forgets the unfinished value and the rest of the chunk; positions go on counting. */
  reset(): void {
    this.#lexer.endChunk(this.#chunk)
    this.#chunk = NO_BYTES
    this.#at = 0
    this.#lexer.reset()
    this.#parser.reset()
  }

  /** Lets go of memory that is only kept to be used again. */
  trim(): void {
    this.#pool.clear()
  }
}
