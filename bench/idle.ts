// SPDX-License-Identifier: Apache-2.0
/** What a process does while nobody asks: processor time and context switches of all its threads. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Figure } from './figure.ts'

const NS_PER_US = 1000

interface Activity {
  readonly cpuUs: number
  readonly switches: number
}

function activity(pid: number): Activity {
  let cpuUs = 0
  let switches = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string) => readFileSync(`/proc/${pid}/task/${task}/${file}`, 'utf8')
    cpuUs += Number.parseInt(read('schedstat'), 10) / NS_PER_US
    for (const [, count] of read('status').matchAll(/_ctxt_switches:\s+(\d+)/g))
      switches += Number(count)
  }
  return { cpuUs, switches }
}

/** Of several processes, over the same seconds. */
export async function idle(
  pids: readonly number[],
  seconds: number,
  id: string,
  when: string,
): Promise<readonly (readonly Figure[])[]> {
  const before = pids.map(activity)
  await Bun.sleep(seconds * 1000)
  return pids.map(activity).map((after, i) => {
    const { cpuUs, switches } = before[i] as Activity
    const perSecond = (total: number) => total / seconds
    return [
      {
        id: `${id}.cpu`,
        label: `idle ${when}, µs of processor a second`,
        value: perSecond(after.cpuUs - cpuUs),
      },
      {
        id: `${id}.switches`,
        label: `idle ${when}, context switches a second`,
        value: perSecond(after.switches - switches),
      },
    ]
  })
}
