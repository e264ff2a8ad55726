// SPDX-License-Identifier: Apache-2.0
/** What the agent takes in the guest, beside the C agent. */
import { expect } from 'bun:test'
import { check, figure } from './checks.ts'
import { rests } from './rest.ts'
import type { GuestAgent, Vm } from './vm.ts'

/** Ten that count, and the first, which warms up. */
const ROUNDS = 11
const PINGS = 200
/** What is aimed at; figures above it are told, for a machine that others use too is no place to be strict. */
const RATIO_AIMED_AT = 1.15
/** Aimed at are 10 and 40. What is left of the start is given back late on a busy machine. */
const ANONYMOUS_MIB = 15
const RESIDENT_MIB = 48

export async function figureChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await check('memory of the agent that has answered and rests', async () => {
    await rests(vm, reference)
    const status = await reference.sh('cat /proc/$(cat /run/qga.pid)/status')
    const mebibytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
    const [anonymous, resident] = [mebibytes('RssAnon'), mebibytes('VmRSS')]
    figure(
      `memory in the guest: ${anonymous.toFixed(1)} MiB anonymous, ${resident.toFixed(1)} MiB resident (aimed at 10 and 40)`,
    )
    expect(anonymous).toBeLessThan(ANONYMOUS_MIB)
    expect(resident).toBeLessThan(RESIDENT_MIB)
  })
  await check('guest-ping beside the C agent', () => pings(vm, reference))
}

/** In turns, so that what slows this machine slows both. */
async function pings(vm: Vm, reference: GuestAgent): Promise<void> {
  await using agent = await vm.agent()
  await agent.sync()
  const ours: number[] = []
  const theirs: number[] = []
  const medians: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const our = await timed(agent)
    const their = await timed(reference)
    if (round === 0) continue
    ours.push(...our)
    theirs.push(...their)
    medians.push(at(our, 0.5) / at(their, 0.5))
  }
  const ratio = at(ours, 0.5) / at(theirs, 0.5)
  const us = (times: number[], share: number) => `${Math.round(at(times, share) * 1000)} µs`
  figure(
    `guest-ping in the guest: median ${us(ours, 0.5)}, of the C agent ${us(theirs, 0.5)}, ratio ${ratio.toFixed(2)} ` +
      `(of the rounds ${at(medians, 0).toFixed(2)} to ${at(medians, 1).toFixed(2)}, aimed at ${RATIO_AIMED_AT}); ` +
      `99 of 100 within ${us(ours, 0.99)} and ${us(theirs, 0.99)}`,
  )
}

async function timed(agent: GuestAgent): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < PINGS; i++) {
    const start = performance.now()
    expect(await agent.ask('guest-ping')).toEqual({ return: {} })
    times.push(performance.now() - start)
  }
  return times
}

/** The value below which this share of them is. */
function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
}
