// SPDX-License-Identifier: Apache-2.0
/** The short form: what leaks a little with each call has leaked enough to be seen. */
import { expect, test } from 'bun:test'
import { Inbox } from '../../bench/client.ts'
import { serving } from '../harness/program.ts'
import { judge, SHORT } from './judge.ts'
import { soak } from './soak.ts'

const CALLS = process.env['CI'] ? 100_000 : 40_000

test(
  `managers that poll leave nothing behind: ${CALLS} calls`,
  async () => {
    using agent = await serving()
    const report = soak(agent.socket, agent.pid, new Inbox(), CALLS)
    console.log(JSON.stringify(report))
    expect(judge(report, SHORT)).toEqual([])
    expect(await agent.stop()).toBe(0)
  },
  10 * 60_000,
)
