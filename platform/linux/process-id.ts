// SPDX-License-Identifier: Apache-2.0
import * as fs from 'node:fs'
import type { ProcessId } from './freezer-orders.ts'

/** Who has this number now. */
export function processId(pid: number): ProcessId {
  return { pid, startTime: look(pid)?.startTime ?? '' }
}

/** Whether it is there and has not ended; one that nobody has asked about has ended all the same. */
export function isRunning({ pid, startTime }: ProcessId): boolean {
  const now = look(pid)
  return now !== undefined && now.startTime === startTime && now.state !== 'Z'
}

/** proc_pid_stat(5): the name, which may hold anything, ends at the last parenthesis. */
function look(pid: number): { state: string; startTime: string } | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' }
  } catch {
    return undefined
  }
}
