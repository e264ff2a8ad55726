// SPDX-License-Identifier: Apache-2.0
/** Whether the agent in the guest has nothing to do, and knows it. */
import type { GuestAgent, Vm } from './vm.ts'

const WATCHED_MS = 3000
/** Hundredths of a second that a process may take which has nothing to do, emulated and on a busy machine. */
const IDLE_TICKS = 60

/** Once it has done what there was to do; an agent that asks again and again never rests. */
export async function rests(vm: Vm, reference: GuestAgent): Promise<void> {
  await vm.until('the agent rests', async () => {
    const before = await ticks(reference)
    await Bun.sleep(WATCHED_MS)
    return (await ticks(reference)) - before < IDLE_TICKS
  })
}

async function ticks(reference: GuestAgent): Promise<number> {
  const fields = (await reference.sh('cat /proc/$(cat /run/qga.pid)/stat')).split(' ')
  return Number(fields[13]) + Number(fields[14])
}
