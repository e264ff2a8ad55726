// SPDX-License-Identifier: Apache-2.0
/** One core for the bench and, since children inherit it, for the agents. */
import { readFileSync } from 'node:fs'

/** The first of `Cpus_allowed_list:	0-3,8` and whether it is the only one. */
export function parseAllowedList(status: string): {
  readonly first: string
  readonly isOne: boolean
} {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1]
  const first = /^\d+/.exec(list ?? '')?.[0]
  if (first === undefined) throw new Error('Cannot tell which cores are allowed')
  return { first, isOne: first === list }
}

/** Starts this very command again on one core, unless it already has only one; @returns its exit status */
export async function pinned(): Promise<number | undefined> {
  const { first, isOne } = parseAllowedList(readFileSync('/proc/self/status', 'utf8'))
  if (isOne) return undefined
  const again = ['taskset', '-c', first, process.execPath, ...process.argv.slice(1)]
  return Bun.spawn(again, { stdio: ['inherit', 'inherit', 'inherit'] }).exited
}
