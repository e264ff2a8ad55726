// SPDX-License-Identifier: Apache-2.0
/** fopen(3)'s modes, in the spellings that upstream takes. */
import { InvalidArguments } from '../errors.ts'
import type { Use } from '../schema/command.ts'

export interface FileMode {
  readonly read: boolean
  readonly write: boolean
  /** Makes the file when there is none. */
  readonly create: boolean
  readonly truncate: boolean
  readonly append: boolean
}

const BASES = {
  r: { read: true, write: false, create: false, truncate: false, append: false },
  w: { read: false, write: true, create: true, truncate: true, append: false },
  a: { read: false, write: true, create: true, truncate: false, append: true },
} as const

/** The base, then `b`, `+`, `+b` or `b+`. */
const SPELLING = /^([rwa])(?:b|(\+)|(b\+)|(\+b))?$/

/** @throws InvalidArguments */
export function parseFileMode(mode: string): FileMode {
  const match = SPELLING.exec(mode)
  if (match === null) throw new InvalidArguments(`invalid file open mode '${mode}'`)
  const base = BASES[match[1] as keyof typeof BASES]
  return mode.includes('+') ? { ...base, read: true, write: true } : base
}

export function usesOf({ read, write }: FileMode): readonly Use[] {
  return [...(read ? (['read'] as const) : []), ...(write ? (['write'] as const) : [])]
}
