// SPDX-License-Identifier: Apache-2.0
/** What a scenario is made of. Text stands for bytes, one character each (latin1); @DIR@ is the agent's directory. */
import type { DifferenceId } from './differences.ts'
import type { FactName } from './facts.ts'

export interface Scenario {
  /** Also the name of its transcripts. */
  readonly topic: string
  /** Versions of the reference agent that can play it; both when absent. */
  readonly only?: '11.1.3'
  /** What is in the directory before the start. */
  readonly files?: Readonly<Record<string, FileKind>>
  readonly env?: Readonly<Record<string, string>>
  readonly options?: readonly string[]
  /** The agent gets a machine of its own, made of these files: see harness/sandbox.ts. */
  readonly sandbox?: {
    /** A script that makes the network; without it the agent sees the machine's. */
    readonly network?: string
  }
  readonly steps: readonly Step[]
}

export type FileKind =
  | { readonly content: string; readonly mode?: number }
  | { readonly linkTo: string }
  | 'directory'
  | 'fifo'
  /** A program that does nothing but write down that it was called: see harness/sandbox.ts. */
  | 'stand-in'

export type Step = Exchange | Look | Start | Connect

interface StepNotes {
  /** Said in the transcript. */
  readonly note?: string
  /** The reply of 7.2.22 differs by more than the text of an error. */
  readonly changed?: true
  /** Where we answer otherwise than 11.1.3. */
  readonly differs?: Divergence
}

export interface Divergence {
  readonly id: DifferenceId
  /** Our lines, as in a transcript. */
  readonly ours: readonly string[]
}

export interface Exchange extends StepNotes {
  /** Several strings are several writes. */
  readonly send: string | readonly string[]
  /** The reply's `return` (or the named member of it) becomes @name@ in later requests; a whole number. */
  readonly keep?: { readonly name: string; readonly member?: string }
  /** Facts of the machine that the reply tells. */
  readonly facts?: readonly FactName[]
  /** guest-info: the version is left out of the comparison. */
  readonly compare?: 'guest-info'
  /** The list in the reply has no order: it is put into that of this member, a number. */
  readonly sortBy?: string
  /** guest-exec-status: ask until the process has exited; only the last reply counts. */
  readonly untilExited?: boolean
  /** How long to ask, where the reference agent never says so. */
  readonly giveUpMs?: number
}

/** Looks at a file of the directory, from outside. */
export interface Look extends StepNotes {
  readonly look: 'size' | 'mode' | 'content'
  readonly at: string
}

/** Stops the agent with SIGTERM and starts it again on the same directory. */
export interface Start extends StepNotes {
  readonly start: {
    readonly env?: Readonly<Record<string, string>>
    readonly options?: readonly string[]
  }
}

/** Closes the connection and makes another. */
export interface Connect extends StepNotes {
  readonly connect: true
  /** Sent just before, and no reply waited for. */
  readonly leave?: string
}

export function isExchange(step: Step): step is Exchange {
  return 'send' in step
}

/** A request as most clients write it. */
export function call(command: string, args?: object, more: object = {}): string {
  const text = JSON.stringify({ execute: command, ...(args && { arguments: args }), ...more })
  return Buffer.from(text).toString('latin1')
}

/** One exchange per request, nothing special about any. */
export function exchanges(...requests: readonly string[]): Exchange[] {
  return requests.map((send) => ({ send }))
}

/** Exchanges whose replies 7.2.22 counts or places otherwise. */
export function changedExchanges(...requests: readonly string[]): Exchange[] {
  return requests.map((send) => ({ send, changed: true }))
}

export function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}
