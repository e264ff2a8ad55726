// SPDX-License-Identifier: Apache-2.0
/** The commands that take their time: who waits for them, what they hold, and who has to wait for that. */
import { type AgentError, OsError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Command } from '../schema/command.ts'
import type { Incoming } from '../wire/reader.ts'
import { within } from '../within.ts'
import type { Answers, Reply } from './answer.ts'
import { needsWhatIsHeld, Operation, seconds } from './operation.ts'

export interface OperationLimits {
  /** Commands that have not ended, those included that nobody waits for. */
  readonly max: number
  /** Milliseconds that a command may take before it is answered with an error, although it goes on. */
  limitMs(command: Command): number
  /** Milliseconds that a command waits for another one which holds what it needs. */
  waitMs(command: Command): number
}

/** How long one of those that nobody waits for keeps the next of them from beginning. */
const TURN_MS = 1000

export class Operations {
  readonly #answers: Answers
  readonly #limits: OperationLimits
  readonly #log: Pick<Log, 'write'>
  /** In the order in which they came. */
  readonly #unfinished: Operation[] = []
  /** Those of them that nobody waits for and that have not had their turn. */
  readonly #later: Operation[] = []
  #isRunningLater = false
  /** When the limits are looked at next, by performance.now(). */
  #lookAt = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(answers: Answers, limits: OperationLimits, log: Pick<Log, 'write'>) {
    this.#answers = answers
    this.#limits = limits
    this.#log = log
  }

  /** Answers a request; an operation when that takes its time. */
  start(incoming: Incoming): Reply | Operation {
    const command = this.#answers.commandOf(incoming)
    // A request for nothing that exists has only an error to expect.
    if (command === undefined) return this.#answers.answer(incoming) as Reply
    if (this.#unfinished.length > 0) return this.#startBesideOthers(incoming, command)
    // Most commands are done at once, and need no more than the call.
    const asker = command.undoneBy && new Operation(incoming, command)
    const reply = this.#answers.answer(incoming, asker)
    if (!(reply instanceof Promise)) return reply
    const operation = asker ?? new Operation(incoming, command)
    this.#unfinished.push(operation)
    this.#follow(operation, reply)
    return operation
  }

  /** Takes requests whose replies nobody waits for: one after the other, none for ever behind one that hangs. */
  later(requests: readonly Incoming[]): void {
    let dropped = 0
    for (const incoming of requests) {
      const command = this.#answers.commandOf(incoming)
      if (command === undefined) continue
      if (this.#unfinished.length >= this.#limits.max) {
        dropped++
        continue
      }
      const operation = new Operation(incoming, command)
      operation.isWanted = false
      this.#unfinished.push(operation)
      this.#later.push(operation)
    }
    if (dropped > 0) this.#log.write('warning', `${dropped} requests dropped: ${this.#crowd()}`)
    void this.#runLater()
  }

  /** Its client has given up: it goes on, and its reply is nobody's. */
  abandon(operation: Operation): void {
    if (!operation.isSettled) this.#leave(operation, undefined)
  }

  #startBesideOthers(incoming: Incoming, command: Command): Reply | Operation {
    if (this.#isRefused(command)) return this.#answers.refuse(incoming, this.#tooMany(command))
    const operation = new Operation(incoming, command)
    const blocker = this.#blockerOf(operation)
    if (blocker !== undefined) {
      this.#unfinished.push(operation)
      void this.#beginWhenFree(operation, blocker)
      return operation
    }
    const reply = this.#answers.answer(incoming, operation)
    if (!(reply instanceof Promise)) return reply
    this.#unfinished.push(operation)
    this.#follow(operation, reply)
    return operation
  }

  /** What is needed to see what goes on, and to end a freeze, is never refused. */
  #isRefused(command: Command): boolean {
    return this.#unfinished.length >= this.#limits.max && command.whileFrozen !== true
  }

  async #runLater(): Promise<void> {
    if (this.#isRunningLater) return
    this.#isRunningLater = true
    for (let next = this.#later.shift(); next !== undefined; next = this.#later.shift()) {
      const blocker = this.#blockerOf(next)
      if (blocker === undefined) this.#begin(next)
      else void this.#beginWhenFree(next, blocker)
      if (!next.isEnded) await within(TURN_MS, next.ended)
    }
    this.#isRunningLater = false
  }

  async #beginWhenFree(operation: Operation, first: Operation): Promise<void> {
    const { command, incoming } = operation
    const deadline = performance.now() + this.#limits.waitMs(command)
    let blocker: Operation | undefined = first
    while (blocker !== undefined) {
      if (!(await within(deadline - performance.now(), blocker.ended))) {
        this.#end(operation, this.#answers.refuse(incoming, heldError(command, blocker)))
        return
      }
      blocker = this.#blockerOf(operation)
    }
    this.#begin(operation)
  }

  #begin(operation: Operation): void {
    operation.startedAt = performance.now()
    const reply = this.#answers.answer(operation.incoming, operation)
    if (reply instanceof Promise) this.#follow(operation, reply)
    else this.#end(operation, reply)
  }

  #follow(operation: Operation, reply: Promise<Reply>): void {
    void reply.then((it) => this.#end(operation, it))
    operation.startedAt ??= operation.createdAt
    this.#watch(operation)
  }

  #end(operation: Operation, reply: Reply): void {
    this.#unfinished.splice(this.#unfinished.indexOf(operation), 1)
    operation.end(reply)
  }

  /** The first of those that came before it and hold, or will hold, what it needs. */
  #blockerOf(operation: Operation): Operation | undefined {
    // While it is refused, it has only that to be told.
    if (!this.#answers.isEnabled(operation.command)) return undefined
    for (const other of this.#unfinished) {
      if (other === operation) return undefined
      if (needsWhatIsHeld(operation, other)) return other
    }
    return undefined
  }

  /** One timer for all, and it goes on when a command ends: most end long before any limit. */
  #watch({ command }: Operation): void {
    const limitMs = this.#limits.limitMs(command)
    if (limitMs > 0) this.#lookIn(limitMs)
  }

  #lookIn(ms: number): void {
    const at = performance.now() + ms
    if (at >= this.#lookAt) return
    clearTimeout(this.#timer)
    this.#lookAt = at
    this.#timer = setTimeout(this.#look, ms).unref()
  }

  readonly #look = (): void => {
    this.#lookAt = Number.POSITIVE_INFINITY
    for (const operation of this.#unfinished) {
      const { startedAt, command, incoming, isSettled } = operation
      const limitMs = this.#limits.limitMs(command)
      if (startedAt === undefined || isSettled || limitMs === 0) continue
      const leftMs = startedAt + limitMs - performance.now()
      if (leftMs > 0) this.#lookIn(leftMs)
      else this.#leave(operation, this.#answers.refuse(incoming, unfinishedError(operation)))
    }
  }

  #leave(operation: Operation, reply: Reply): void {
    const { name } = operation.command
    operation.leave(reply)
    this.#log.write(
      'warning',
      `${name} has not ended after ${seconds(operation)}: it is left alone`,
    )
    void operation.ended.then(() => {
      this.#log.write('warning', `${name}, left alone, has ended after ${seconds(operation)}`)
    })
  }

  #crowd(): string {
    return `${this.#unfinished.length} commands have not ended, the limit is max-unfinished-commands=${this.#limits.max}`
  }

  #tooMany({ name }: Command): AgentError {
    return new OsError(`Cannot run ${name}: ${this.#crowd()}`, 'EBUSY')
  }
}

function heldError({ name }: Command, blocker: Operation): AgentError {
  const state = blocker.startedAt === undefined ? 'has been waiting' : 'has been running'
  return new OsError(
    `Cannot run ${name}: ${blocker.command.name} ${state} for ${seconds(blocker)}`,
    'EBUSY',
  )
}

function unfinishedError(operation: Operation): AgentError {
  const message = `Cannot wait for ${operation.command.name}: it has not ended after ${seconds(operation)}`
  return new OsError(message, 'ETIME')
}
