// SPDX-License-Identifier: Apache-2.0
/** `bun run soak [CALLS]`: the built executable under managers that poll, a million calls unless told otherwise. */
import { Inbox } from '../../bench/client.ts'
import { serving } from '../harness/program.ts'
import { soak } from './soak.ts'

const calls = Number(process.argv[2] ?? 1_000_000)
using agent = await serving()
const start = performance.now()
const { before, after, failures, firstKiB, lastKiB } = soak(
  agent.socket,
  agent.pid,
  new Inbox(),
  calls,
)
const seconds = (performance.now() - start) / 1000
const growth = (100 * (lastKiB / firstKiB - 1)).toFixed(2)
console.log(`${calls} calls in ${seconds.toFixed(0)} s, ${failures} failed`)
console.log(`held after the warm-up: ${JSON.stringify(before)}`)
console.log(`held at the end:        ${JSON.stringify(after)}`)
console.log(`resident memory: ${firstKiB} KiB, then ${lastKiB} KiB (${growth} % more)`)
