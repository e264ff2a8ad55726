// SPDX-License-Identifier: Apache-2.0
/**
 * One request at a time, replies in request order, and reading goes on while a handler runs. A sync
 * that has to wait tells that the client may have given up: then it is answered, and what went
 * before it goes on for nobody (docs/decisions/0010-sync-rule.md).
 */
import type { Log } from '../log.ts'
import type { ReaderOptions } from '../wire/parser.ts'
import { type Incoming, Reader } from '../wire/reader.ts'
import { type Answers, commandName, type Reply } from './answer.ts'
import type { Peer, Session } from './channel.ts'
import type { Idle } from './idle.ts'
import { Operation } from './operation.ts'
import { type OperationLimits, Operations } from './operations.ts'
import { Outgoing } from './outgoing.ts'

/** What arrives in less than this many bytes is left to the garbage collector. */
const FREED_MIN = 16 * 1024

/** How long a sync waits for what runs. */
const SYNC_MS = 1000

export interface ServerLimits extends OperationLimits {
  /** Requests read ahead of the one that runs. */
  readonly queuedRequests: number
  /** Bytes that may arrive meanwhile. */
  readonly queuedBytes: number
}

export interface ServerParts {
  readonly answers: Answers
  readonly idle: Idle
  readonly limits: ServerLimits
  readonly log: Pick<Log, 'write'>
}

export class Server implements Session {
  readonly #operations: Operations
  readonly #limits: ServerLimits
  readonly #log: Pick<Log, 'write'>
  readonly #idle: Idle
  readonly #reader: Reader
  readonly #outgoing: Outgoing
  readonly #queue: Incoming[] = []
  /** How many of these, the first ones, a peer has left behind. */
  #orphans = 0
  /** What the requests in the queue wait for. */
  #current: Operation | undefined
  #syncTimer: NodeJS.Timeout | undefined
  /** Chunks that arrived before the reader was done with the one before. */
  readonly #chunks: Buffer[] = []
  /** The one that the reader has. */
  #chunk: Buffer | undefined
  #peer: Peer | undefined
  #isBusy = false
  #isPaused = false
  #hasInputEnded = false
  #aheadBytes = 0

  constructor({ answers, idle, limits, log }: ServerParts, options: ReaderOptions) {
    this.#operations = new Operations(answers, limits, log)
    this.#limits = limits
    this.#log = log
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
    if (this.#isBusy && this.#peer !== undefined) this.#leaveBehind()
  }

  /** Answers all that is at hand, up to the first request that takes its time. */
  #run(): void {
    while (!this.#isBusy) {
      const isOrphan = this.#orphans > 0
      if (isOrphan) this.#orphans--
      const incoming = this.#queue.length > 0 ? this.#queue.shift() : this.#read()
      if (incoming === undefined) {
        this.#occupy(this.#outgoing.flush())
        break
      }
      const started = this.#operations.start(incoming)
      if (started instanceof Operation) this.#occupy(this.#finish(started, isOrphan))
      else if (!isOrphan) this.#occupy(this.#send(started))
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

  async #finish(operation: Operation, isOrphan: boolean): Promise<void> {
    this.#current = operation
    if (isOrphan) operation.isWanted = false
    const peer = isOrphan ? undefined : this.#peer
    this.#readAhead(0)
    this.#awaitSync()
    // Replies to earlier requests must not wait for this one.
    await this.#outgoing.flush()
    const reply = await operation.outcome
    this.#current = undefined
    clearTimeout(this.#syncTimer)
    this.#syncTimer = undefined
    if (peer === this.#peer && peer !== undefined) await this.#send(reply)
  }

  #send(reply: Reply): undefined | Promise<void> {
    return reply && this.#outgoing.send(reply)
  }

  /** Gives what runs a little more time when a sync waits behind it. */
  #awaitSync(): void {
    if (this.#syncTimer !== undefined || this.#current === undefined) return
    if (this.#queue.length <= this.#orphans || this.#firstSync() < 0) return
    this.#syncTimer = setTimeout(this.#syncIsDue, SYNC_MS)
  }

  readonly #syncIsDue = (): void => {
    this.#syncTimer = undefined
    const current = this.#current
    const at = this.#firstSync()
    // A reply that there is goes out as soon as the peer takes it.
    if (current === undefined || current.isSettled || at < 0) return
    this.#operations.later(this.#queue.splice(0, at))
    this.#orphans = 0
    this.#aheadBytes = 0
    this.#operations.abandon(current)
  }

  /** Where in the queue the first sync of this peer is; -1 when there is none. */
  #firstSync(): number {
    return this.#queue.findIndex((incoming, i) => i >= this.#orphans && isSync(incoming))
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
    while (this.#ahead < this.#limits.queuedRequests) {
      const incoming = this.#read()
      if (incoming === undefined) break
      this.#queue.push(incoming)
      if (isSync(incoming)) this.#awaitSync()
    }
    const { queuedRequests, queuedBytes } = this.#limits
    const isFull = this.#ahead >= queuedRequests || this.#aheadBytes >= queuedBytes
    if (isFull && !this.#isPaused) {
      this.#isPaused = true
      this.#peer?.pause()
    } else if (!isFull && this.#isPaused) this.#resume()
  }

  /** Requests of this peer in the queue. */
  get #ahead(): number {
    return this.#queue.length - this.#orphans
  }

  #resume(): void {
    this.#isPaused = false
    this.#peer?.resume()
  }

  /** The peer has gone while it is being served: the next one may come, and waits its turn behind what is left. */
  #leaveBehind(): void {
    const max = this.#limits.queuedRequests
    let dropped = 0
    for (let next = this.#read(); next !== undefined; next = this.#read()) {
      if (this.#queue.length < max) this.#queue.push(next)
      else dropped++
    }
    dropped += this.#queue.splice(max).length
    if (dropped > 0) {
      const reason = `${max} others wait already`
      this.#log.write('warning', `${dropped} requests of a client that has gone dropped: ${reason}`)
    }
    this.#orphans = this.#queue.length
    this.#aheadBytes = 0
    if (this.#current !== undefined) this.#current.isWanted = false
    this.#endOfPeer()
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

/** What clients send first when they are not sure of what comes next. */
function isSync(incoming: Incoming): boolean {
  const name = commandName(incoming)
  return name === 'guest-sync' || name === 'guest-sync-delimited'
}

/**
 * The garbage collector would come too late: megabytes arrive in the meantime, each into memory that
 * is touched for the first time. Small buffers may share theirs.
 */
function freeMemory({ buffer, length }: Buffer): void {
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === length
  if (isAlone && length >= FREED_MIN) buffer.transfer(0)
}
