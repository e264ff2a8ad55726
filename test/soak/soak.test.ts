// SPDX-License-Identifier: Apache-2.0
/** The short form: what leaks a little with each call has leaked enough to be seen. */
import { expect, test } from 'bun:test'
import { Inbox } from '../../bench/client.ts'
import { serving } from '../harness/program.ts'
import { soak } from './soak.ts'

const CALLS = process.env['CI'] ? 100_000 : 10_000

test(
  `managers that poll leave nothing behind: ${CALLS} calls`,
  async () => {
    using agent = await serving()
    const report = soak(agent.socket, agent.pid, new Inbox(), CALLS)
    console.log(JSON.stringify(report))
    expect(report.failures).toBe(0)
    expect(report.after.descriptors).toBe(report.before.descriptors)
    expect(report.after.children).toBe(0)
    // The runtime lets idle threads of its own go.
    expect(report.after.threads).toBeLessThanOrEqual(report.before.threads)
    // Of a million calls it is 5 %; a short run is still warming up.
    expect(report.lastKiB / report.firstKiB).toBeLessThan(1.15)
    expect(await agent.stop()).toBe(0)
  },
  10 * 60_000,
)
