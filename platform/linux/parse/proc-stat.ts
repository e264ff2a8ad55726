// SPDX-License-Identifier: Apache-2.0
/**
 * What each CPU spent its time on: proc_stat(5).
 *
 *     cpu  4705 150 1120 16250 520 30 45 0 0 0        all together, passed over
 *     cpu0 2352 75 560 8125 260 15 22 0 0 0
 *          user nice system idle iowait irq softirq steal guest guest_nice
 */

/** Kernels before 2.6.33 have fewer columns. */
export interface CpuTimes {
  readonly type: 'linux'
  readonly cpu: number
  readonly user: bigint
  readonly nice: bigint
  readonly system: bigint
  readonly idle: bigint
  readonly iowait?: bigint
  readonly irq?: bigint
  readonly softirq?: bigint
  readonly steal?: bigint
  readonly guest?: bigint
  readonly guestnice?: bigint
}

const CPU = /^cpu(\d+)((?:\s+\d+)*)/
const REQUIRED = ['user', 'nice', 'system', 'idle'] as const
const LATER = ['iowait', 'irq', 'softirq', 'steal', 'guest', 'guestnice'] as const
/** irq came together with softirq. */
const PAIRED = 'irq'

/**
 * @param millisecondsPerTick what one unit of the file stands for
 * @returns the CPUs up to the first line that is too short, if there is one
 */
export function parseCpuTimes(
  text: string,
  millisecondsPerTick: bigint,
): { readonly cpus: readonly CpuTimes[]; readonly isComplete: boolean } {
  const cpus: CpuTimes[] = []
  for (const line of text.split('\n')) {
    const [, number, columns = ''] = CPU.exec(line) ?? []
    if (number === undefined) continue
    const times = columns.trim().split(/\s+/).filter(Boolean)
    if (times.length < REQUIRED.length) return { cpus, isComplete: false }
    const members = [...REQUIRED, ...LATER].slice(0, times.length)
    if (members.at(-1) === PAIRED) members.pop()
    const values = members.map((name, i) => [name, BigInt(times[i] ?? 0) * millisecondsPerTick])
    cpus.push({ type: 'linux', cpu: Number(number), ...Object.fromEntries(values) } as CpuTimes)
  }
  return { cpus, isComplete: true }
}
