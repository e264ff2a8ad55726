// SPDX-License-Identifier: Apache-2.0
/** `qga cp` through an agent, both ways, its checksums included. Other than the workloads it is a client of its own. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PLAIN_ENV } from '../test/harness/agent.ts'
import type { Figure } from './figure.ts'
import type { Command } from './start.ts'
import { type Bench, expectEqual, MIB } from './workload.ts'

/** What takes the C agent a second and a half. */
const BYTES = 64 * MIB

/** @param socket of an agent that nobody else talks to */
export async function copies(
  { directory, source, sourcePath }: Omit<Bench, 'client'>,
  [executable]: Command,
  socket: string,
): Promise<readonly Figure[]> {
  const target = join(directory, 'copied')
  const copy = async (way: string, from: string, to: string): Promise<Figure> => {
    const before = performance.now()
    const client = Bun.spawn([executable as string, 'cp', '--quiet', from, to], {
      env: { ...PLAIN_ENV, QGA_SOCKET: socket },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if ((await client.exited) !== 0) throw new Error(`Wrong answer: cannot copy ${way}`)
    const ms = performance.now() - before
    expectEqual(readFileSync(target), source, `qga cp ${way}`)
    rmSync(target)
    const label = `qga cp ${way}, 64 MiB with its checksums, MiB/s`
    return { id: `copy.${way}`, label, value: (BYTES * 1000) / MIB / ms }
  }
  return [
    await copy('to the guest', sourcePath, `guest:${target}`),
    await copy('to the host', `guest:${sourcePath}`, target),
  ]
}
