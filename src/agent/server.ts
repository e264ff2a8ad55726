// SPDX-License-Identifier: Apache-2.0
/** One request at a time, replies in request order, and reading goes on while a handler runs. */
import type { ReaderOptions } from '../wire/parser.ts'
import { type Incoming, Reader } from '../wire/reader.ts'
import type { Answer, Reply } from './answer.ts'
import type { Peer, Session } from './channel.ts'
import type { Idle } from './idle.ts'
import { Outgoing } from './outgoing.ts'

/** Requests read ahead of the one that runs, and the bytes that may arrive meanwhile. */
const QUEUE_MAX = 64
const AHEAD_BYTES_MAX = 1024 * 1024
/** What arrives in less than this many bytes is left to the garbage collector. */
const FREED_MIN = 16 * 1024

export class Server implements Session {
  readonly #answer: Answer
  readonly #idle: Idle
  readonly #reader: Reader
  readonly #outgoing: Outgoing
  readonly #queue: Incoming[] = []
  /** Chunks that arrived before the reader was done with the one before. */
  readonly #chunks: Buffer[] = []
  /** The one that the reader has. */
  #chunk: Buffer | undefined
  #peer: Peer | undefined
  #isBusy = false
  #isPaused = false
  #hasInputEnded = false
  #aheadBytes = 0

  constructor(answer: Answer, idle: Idle, options: ReaderOptions) {
    this.#answer = answer
    this.#idle = idle
    this.#reader = new Reader(options)
    this.#outgoing = new Outgoing(idle)
    idle.whenIdle(() => this.#reader.trim())
  }

  connected(peer: Peer): void {
    this.#peer = peer
    this.#hasInputEnded = false
    this.#isPaused = false
    this.#outgoing.attach(peer)
  }

  received(bytes: Buffer): void {
    this.#idle.worked(bytes.length)
    this.#chunks.push(bytes)
    if (this.#isBusy) this.#readAhead(bytes.length)
    else this.#run()
  }

  writable(): void {
    this.#outgoing.writable()
  }

  inputEnded(): void {
    this.#hasInputEnded = true
    if (!this.#isBusy) this.#run()
  }

  /** What the peer has asked for is still done; only the replies have nowhere to go. */
  disconnected(): void {
    this.#hasInputEnded = true
    this.#outgoing.detach()
    if (!this.#isBusy) this.#run()
  }

  /** Answers all that is at hand, up to the first request that takes its time. */
  #run(): void {
    while (!this.#isBusy) {
      const incoming = this.#queue.length > 0 ? this.#queue.shift() : this.#read()
      if (incoming === undefined) {
        this.#occupy(this.#outgoing.flush())
        break
      }
      const reply = this.#answer(incoming)
      this.#occupy(reply instanceof Promise ? this.#finish(reply) : this.#send(reply))
    }
    if (this.#isBusy) return
    this.#aheadBytes = 0
    if (this.#hasInputEnded) this.#endOfPeer()
    else if (this.#isPaused) this.#resume()
  }

  /** Runs nothing else until `work` is done; undefined is done already. */
  #occupy(work: undefined | Promise<void>): void {
    if (work === undefined) return
    this.#isBusy = true
    void work.finally(() => {
      this.#isBusy = false
      this.#run()
    })
  }

  async #finish(pending: Promise<Reply>): Promise<void> {
    // Replies to earlier requests must not wait for this one.
    await this.#outgoing.flush()
    await this.#send(await pending)
  }

  #send(reply: Reply): undefined | Promise<void> {
    return reply && this.#outgoing.send(reply)
  }

  #read(): Incoming | undefined {
    for (;;) {
      const incoming = this.#reader.next()
      if (incoming !== undefined) return incoming
      if (this.#chunk !== undefined) freeMemory(this.#chunk)
      this.#chunk = this.#chunks.shift()
      if (this.#chunk === undefined) return undefined
      this.#reader.push(this.#chunk)
    }
  }

  #readAhead(received: number): void {
    this.#aheadBytes += received
    while (this.#queue.length < QUEUE_MAX) {
      const incoming = this.#read()
      if (incoming === undefined) break
      this.#queue.push(incoming)
    }
    const isFull = this.#queue.length >= QUEUE_MAX || this.#aheadBytes >= AHEAD_BYTES_MAX
    if (isFull && !this.#isPaused) {
      this.#isPaused = true
      this.#peer?.pause()
    }
  }

  #resume(): void {
    this.#isPaused = false
    this.#peer?.resume()
  }

  #endOfPeer(): void {
    const peer = this.#peer
    this.#peer = undefined
    this.#hasInputEnded = false
    this.#reader.reset()
    this.#outgoing.detach()
    peer?.end()
  }
}

/**
 * The garbage collector would come too late: megabytes arrive in the meantime, each into memory that
 * is touched for the first time. Small buffers may share theirs.
 */
function freeMemory({ buffer, length }: Buffer): void {
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === length
  if (isAlone && length >= FREED_MIN) buffer.transfer(0)
}
