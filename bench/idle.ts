// SPDX-License-Identifier: Apache-2.0
/** What a process does while nobody asks: processor time and context switches of all its threads. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Figure } from './figure.ts'

const NS_PER_US = 1000

interface Activity {
  readonly cpuUs: number
  readonly switches: number
}

/** By thread: one that ends takes what it did with it. */
function activity(pid: number): ReadonlyMap<string, Activity> {
  const threads = new Map<string, Activity>()
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string) => readFileSync(`/proc/${pid}/task/${task}/${file}`, 'utf8')
    const cpuUs = Number.parseInt(read('schedstat'), 10) / NS_PER_US
    const counts = [...read('status').matchAll(/_ctxt_switches:\s+(\d+)/g)]
    threads.set(task, { cpuUs, switches: counts.reduce((sum, [, n]) => sum + Number(n), 0) })
  }
  return threads
}

function between(
  before: ReadonlyMap<string, Activity>,
  after: ReadonlyMap<string, Activity>,
): Activity {
  let [cpuUs, switches] = [0, 0]
  for (const [task, now] of after) {
    const then = before.get(task)
    cpuUs += now.cpuUs - (then?.cpuUs ?? 0)
    switches += now.switches - (then?.switches ?? 0)
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
    const { cpuUs, switches } = between(before[i] as ReadonlyMap<string, Activity>, after)
    const perSecond = (total: number) => total / seconds
    return [
      {
        id: `${id}.cpu`,
        label: `idle ${when}, µs of processor a second`,
        value: perSecond(cpuUs),
      },
      {
        id: `${id}.switches`,
        label: `idle ${when}, context switches a second`,
        value: perSecond(switches),
      },
    ]
  })
}
