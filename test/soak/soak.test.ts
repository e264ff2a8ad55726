// SPDX-License-Identifier: Apache-2.0
/** The short form: what leaks a little with each call has leaked enough to be seen. */
import { expect, test } from 'bun:test'
import { Inbox } from '../../bench/client.ts'
import { serving } from '../harness/program.ts'
import { soak } from './soak.ts'

/** While the runtime is still compiling, it takes some; 70 bytes left behind by each call would be more. */
const GROWTH_KIB = 6 * 1024
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
    // A few threads of the runtime's own come and go.
    expect(report.after.threads).toBeLessThanOrEqual(report.before.threads + 4)
    expect(report.after.anonymousKiB - report.before.anonymousKiB).toBeLessThan(GROWTH_KIB)
    expect(await agent.stop()).toBe(0)
  },
  10 * 60_000,
)
