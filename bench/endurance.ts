// SPDX-License-Identifier: Apache-2.0
/** A million pings: what grows without end shows here. */
import { readdirSync } from 'node:fs'
import { statusLine } from '../test/harness/process-stat.ts'
import { type Client, requestOf } from './client.ts'
import type { Figure } from './figure.ts'
import { median } from './statistics.ts'

const PINGS = 1_000_000
const SAMPLES = 1000
const WARM_UP = PINGS / 10

interface Held {
  readonly resident: number
  readonly descriptors: number
  readonly threads: number
}

function held(pid: number): Held {
  return {
    resident: Number.parseInt(statusLine(pid, 'VmRSS') ?? '', 10),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: Number(statusLine(pid, 'Threads')),
  }
}

export function endurance(client: Client, pid: number): readonly Figure[] {
  const request = requestOf('guest-ping')
  const pings = (count: number) => {
    for (let i = 0; i < count; i++) client.exchange(request)
  }
  pings(WARM_UP)
  const before = held(pid)
  const resident = Array.from({ length: SAMPLES }, () => {
    pings(PINGS / SAMPLES)
    return held(pid).resident
  })
  const after = held(pid)
  const tenth = SAMPLES / 10
  const growth = median(resident.slice(-tenth)) / median(resident.slice(0, tenth)) - 1
  return [
    {
      id: 'million.growth',
      label: 'resident memory over a million pings, % more',
      value: growth * 100,
    },
    {
      id: 'million.descriptors',
      label: 'descriptors over a million pings, more',
      value: after.descriptors - before.descriptors,
    },
    {
      id: 'million.threads',
      label: 'threads over a million pings, more',
      value: after.threads - before.threads,
    },
  ]
}
