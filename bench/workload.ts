// SPDX-License-Identifier: Apache-2.0
import type { Client } from './client.ts'
import type { Figure } from './figure.ts'

export const KIB = 1024
export const MIB = 1024 * KIB

/** What a workload may use. */
export interface Bench {
  readonly client: Client
  /** For files of the workload's own; it is removed at the end. */
  readonly directory: string
  /** Random bytes, and a file that holds them. */
  readonly source: Buffer
  readonly sourcePath: string
  /** The share of repetitions to make: 1, less in the short form. */
  readonly effort: number
}

/** Throws when an answer is wrong. */
export type Workload = (bench: Bench) => readonly Figure[]

export function repeats(count: number, { effort }: Bench): number {
  return Math.max(1, Math.round(count * effort))
}

/** Half as often before the clock starts, so that the runtime's compilers, which share the core, are done. */
export function warmUp(repetitions: number, action: (index: number) => void): void {
  for (let i = 0; i < repetitions >> 1; i++) action(i)
}

/** Milliseconds. */
export function timed(action: () => void): number {
  const before = performance.now()
  action()
  return performance.now() - before
}

export function expectEqual(got: Buffer, expected: Buffer, what: string): void {
  if (got.equals(expected)) return
  const shown = got.toString('latin1', 0, 200)
  throw new Error(`Wrong answer to ${what}: ${got.length} bytes: ${shown}`)
}
