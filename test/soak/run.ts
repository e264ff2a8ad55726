// SPDX-License-Identifier: Apache-2.0
/**
 * `bun run soak [CALLS]`: the built executable under managers that poll, a million calls unless told otherwise.
 * Ends with 1 when that has left something behind.
 */
import { Inbox } from '../../bench/client.ts'
import { serving } from '../harness/program.ts'
import { judge, LONG, percent } from './judge.ts'
import { soak } from './soak.ts'

const calls = Number(process.argv[2] ?? 1_000_000)
using agent = await serving()
const start = performance.now()
const report = soak(agent.socket, agent.pid, new Inbox(), calls)
const { before, after, failures, firstKiB, lastKiB } = report
const seconds = (performance.now() - start) / 1000
console.log(`${report.calls} calls in ${seconds.toFixed(0)} s, ${failures} failed`)
console.log(`held after the warm-up: ${JSON.stringify(before)}`)
console.log(`held at the end:        ${JSON.stringify(after)}`)
const growth = percent(lastKiB / firstKiB - 1)
console.log(`resident memory: ${firstKiB} KiB, then ${lastKiB} KiB (${growth} more)`)
const wrong = judge(report, LONG)
for (const what of wrong) console.error(`wrong: ${what}`)
process.exitCode = wrong.length === 0 ? 0 : 1
