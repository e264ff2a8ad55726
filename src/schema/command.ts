// SPDX-License-Identifier: Apache-2.0
/** A command is declared once, here; everything else about it is derived from the declaration. */
import type * as z from 'zod/mini'
import type { Condition, May, Platform } from './condition.ts'

/** What a command occupies while it runs; others that need the same wait for it. */
export type Held = 'mounts' | 'freeze' | 'clock' | 'power' | 'accounts' | 'cpus'

/** What is going to be done with what an argument names. */
export type Use = 'read' | 'write' | 'run' | 'change'

/** What an argument was found to stand for. */
export interface Target {
  /** Absolute, without links. */
  readonly path: string
  /** Why the path says nothing about it. */
  readonly doubt?: string
}

/**
 * Asked when it is known what an argument stands for, and before anything is done with it.
 * @param target undefined when nothing was found
 * @throws CommandUnavailable when the administrator's rules do not allow it
 */
export type Permit = (uses: readonly Use[], target: Target | undefined) => void

/** The argument that the administrator's rules are about. */
export interface Ruled {
  readonly argument: string
  /** A user is known by the name; what a file or a program is, the system has to say. */
  readonly as: 'file' | 'program' | 'user'
  /** Arguments that could make something else of it: refused where there is a rule. */
  readonly excludes?: readonly string[]
}

export interface Command {
  readonly name: string
  /** The upstream release that introduced it. */
  readonly since: string
  /** QAPI condition; absent means everywhere. */
  readonly if?: Condition
  readonly args: z.core.$ZodType
  readonly returns: z.core.$ZodType
  /** Usable while file systems are frozen, whatever the lists say. */
  readonly whileFrozen?: true
  /** `errors-only`: silent on success (QAPI success-response false). `delimited`: 0xFF before a success. */
  readonly reply?: 'errors-only' | 'delimited'
  /** Arguments that carry base64: the reader decodes them as they arrive. */
  readonly encoded?: readonly string[]
  /** Arguments or results that no log may show. */
  readonly secret?: readonly string[]
  readonly ruled?: Ruled
  /** Changes the guest, or opens it: each call leaves a line in the system's log, with what came of it. */
  readonly audited?: true
  readonly holds?: readonly Held[]
  /** What it waits for as well, without occupying it. */
  readonly awaits?: readonly Held[]
  /** The argument that names what it occupies besides: commands that give the same value wait for one another. */
  readonly holdsNamed?: string
  /** Whose time limit it has; that of all commands when absent. */
  readonly limit?: 'file'
  /** What makes it undone, with its result as the argument, when it succeeds after nobody waits for it any more. */
  readonly undoneBy?: { readonly command: string; readonly argument: string }
  /** Sent by managers all day long: logged at debug level only. */
  readonly polled?: true
}

/** A command as it is written down: the schemas are built when somebody asks for them. */
type Declaration = Omit<Command, 'args' | 'returns'> & {
  readonly args: () => z.core.$ZodType
  readonly returns: () => z.core.$ZodType
}

type Built<D extends Declaration> = Omit<D, 'args' | 'returns'> & {
  readonly args: ReturnType<D['args']>
  readonly returns: ReturnType<D['returns']>
}

/**
 * Building all schemas takes longer than the rest of the agent's start, and most are never needed:
 * results are checked by clients and tests alone.
 */
export function command<const D extends Declaration>(declaration: D): Built<D> {
  let args: z.core.$ZodType | undefined
  let returns: z.core.$ZodType | undefined
  return Object.defineProperties({ ...declaration } as unknown as Built<D>, {
    args: { get: () => (args ??= declaration.args()) },
    returns: { get: () => (returns ??= declaration.returns()) },
  })
}

/** The commands among the exports of a family's module. */
type Declared<Family> = Extract<Family[keyof Family], Command>

type Awaitable<T> = T | Promise<T>

/**
 * What carries a command out. An errors-only command has nothing to return. One that is `ruled` as a file
 * or a program asks the permit, if there is one, before it touches what was named.
 */
export type Handler<C extends Command> = (
  args: z.output<C['args']>,
  permit?: Permit,
) => Awaitable<C extends { reply: 'errors-only' } ? void : z.input<C['returns']>>

/**
 * The handlers that a system owes for a family, less those it declares pending: a handler that is
 * missing, stray or of the wrong shape does not compile.
 */
export type Handlers<Family, P extends Platform, Pending extends string = never> = {
  readonly [C in Declared<Family> as C['name'] extends Pending
    ? never
    : May<C['if'], P> extends true
      ? C['name']
      : never]: Handler<C>
}

/** The names of the commands that a system owes for a family. */
export type Owed<Family, P extends Platform> = keyof Handlers<Family, P>

/** The arguments, of whatever command, that carry base64: the reader decodes before it knows which is asked for. */
export function encodedMembers(commands: readonly Command[]): ReadonlySet<string> {
  return new Set(commands.flatMap(({ encoded }) => encoded ?? []))
}
