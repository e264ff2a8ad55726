// SPDX-License-Identifier: Apache-2.0
/** Agents that run besides this process: one of them holds a port that is said to be in use. */
import { win32 } from 'node:path'
import { processIds, programOf } from '../../native/processes.ts'

export interface Holder {
  readonly pid: number
  readonly program: string
}

/** The processes of this system; tests bring their own. */
const PROCESSES = { processIds, programOf }

export function otherAgents(processes = PROCESSES): readonly Holder[] {
  return processes
    .processIds()
    .filter((pid) => pid !== process.pid)
    .flatMap((pid) => {
      const program = processes.programOf(pid)
      return program !== undefined && isAgent(program) ? [{ pid, program }] : []
    })
}

/** By the file's name: `qemu-ga.exe`, `qga.exe`, `qga-windows-x64.exe`. */
function isAgent(program: string): boolean {
  return /^(qemu-ga|qga(-windows-.*)?)\.exe$/i.test(win32.basename(program))
}

/** This program, or another version of it. */
export function isOurs({ program }: Holder): boolean {
  return /^qga/i.test(win32.basename(program))
}
