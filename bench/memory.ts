// SPDX-License-Identifier: Apache-2.0
/** What a process holds, in MiB. */
import { readFileSync } from 'node:fs'
import { statusLine } from '../test/harness/process-stat.ts'
import type { Figure } from './figure.ts'

const KIB_PER_MIB = 1024

// Rss:                3668 kB
// Anonymous:           224 kB        proc_pid_smaps(5), smaps_rollup
export function parseRollup(text: string): {
  readonly resident: number
  readonly anonymous: number
} {
  const mib = (name: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
    if (kib === undefined) throw new Error(`Cannot read smaps_rollup: no ${name}`)
    return Number(kib) / KIB_PER_MIB
  }
  return { resident: mib('Rss'), anonymous: mib('Anonymous') }
}

export function held(pid: number, id: string, when: string): readonly Figure[] {
  const { anonymous, resident } = parseRollup(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
  return [
    { id: `${id}.anonymous`, label: `anonymous memory ${when}, MiB`, value: anonymous },
    { id: `${id}.resident`, label: `resident memory ${when}, MiB`, value: resident },
  ]
}

/** The most that was ever resident. */
export function peak(pid: number): Figure {
  const kib = Number.parseInt(statusLine(pid, 'VmHWM') ?? '', 10)
  return { id: 'peak', label: 'most resident memory, MiB', value: kib / KIB_PER_MIB }
}
