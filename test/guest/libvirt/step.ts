// SPDX-License-Identifier: Apache-2.0
/** Something that a client does with an agent. It is seen in the guest too; what comes out is compared between the agents. */
import type { Domain } from './domain.ts'

export interface Step {
  /** The command, as the table has it. */
  readonly name: string
  readonly run: (guest: Domain) => Promise<unknown>
  /** How the results of a newer agent differ; else they are the same. */
  readonly newer?: Difference
}

interface Difference {
  /** As the table has it. */
  readonly note: string
  readonly expect: (ours: never, theirs: never) => unknown
}

/** A command that tells something, which is compared as it is. */
export function tells(command: string, ...args: string[]): Step {
  const name = ['virsh', command, ...args].join(' ')
  return { name, run: (guest) => guest.virsh(command, ...args) }
}

export function isRefused(command: string, ...args: string[]): Step {
  const name = `${['virsh', command, ...args].join(' ')}, refused`
  return { name, run: (guest) => guest.refused(command, ...args) }
}
