// SPDX-License-Identifier: Apache-2.0
/** One command that takes its time: who waits for it, and what it holds. */
import type { Command } from '../schema/command.ts'
import type { Incoming } from '../wire/reader.ts'
import type { Asker, Reply } from './answer.ts'

/** A command under way, or one that waits until it may begin. */
export class Operation implements Asker {
  readonly incoming: Incoming
  readonly command: Command
  isWanted = true
  /** By performance.now(). */
  readonly createdAt = performance.now()
  /** When it began; undefined while it waits. */
  startedAt: number | undefined
  readonly #outcome = Promise.withResolvers<Reply>()
  readonly #end = Promise.withResolvers<void>()
  #isSettled = false
  #isEnded = false

  constructor(incoming: Incoming, command: Command) {
    this.incoming = incoming
    this.command = command
  }

  /** The reply, as soon as there is one; undefined when there will be none. Never fails. */
  get outcome(): Promise<Reply> {
    return this.#outcome.promise
  }

  /** Resolves when it is over. */
  get ended(): Promise<void> {
    return this.#end.promise
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** There is a reply, or nobody waits for one. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** What the argument that names what it holds says. */
  get named(): string | undefined {
    const member = this.command.holdsNamed
    const { arguments: args } = this.incoming as { arguments?: Record<string, unknown> }
    const value = member === undefined ? undefined : args?.[member]
    return value === undefined ? undefined : String(value)
  }

  /** Nobody waits for its own reply any more. */
  leave(reply: Reply): void {
    this.isWanted = false
    this.#isSettled = true
    this.#outcome.resolve(reply)
  }

  end(reply: Reply): void {
    this.#isSettled = true
    this.#isEnded = true
    this.#outcome.resolve(reply)
    this.#end.resolve()
  }
}

/** Whether one, which came later, has to wait for the other. */
export function needsWhatIsHeld(one: Operation, other: Operation): boolean {
  const held = other.command.holds ?? []
  const needed = [...(one.command.holds ?? []), ...(one.command.awaits ?? [])]
  if (needed.some((thing) => held.includes(thing))) return true
  const name = one.command.holdsNamed
  return (
    name !== undefined &&
    other.command.holdsNamed === name &&
    one.named !== undefined &&
    one.named === other.named
  )
}

/** For how long it runs, or has waited. */
export function seconds({ startedAt, createdAt }: Operation): string {
  return `${Math.floor((performance.now() - (startedAt ?? createdAt)) / 1000)} s`
}
