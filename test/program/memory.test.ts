// SPDX-License-Identifier: Apache-2.0
/** What large requests cost beside their content, at the most that was ever resident. */
import { expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Agent } from '../harness/agent.ts'
import { statusLine } from '../harness/process-stat.ts'
import { ask, call, SLOW_MS, serving } from '../harness/program.ts'

const MIB = 1024 * 1024
const CONTENT_MIB = 47
/** The content once, the slices on their way, and what the collector has not come to yet. */
const ONCE_MIB = 2 * CONTENT_MIB

function peakMib({ pid }: Agent): number {
  return Number.parseInt(statusLine(pid, 'VmHWM') ?? '', 10) / 1024
}

test(
  'a large read is held once',
  async () => {
    using agent = await serving()
    const path = join(agent.directory, 'large')
    writeFileSync(path, Buffer.alloc(CONTENT_MIB * MIB, 'x'))
    const handle = await call<number>(agent.socket, 'guest-file-open', { path })
    const before = peakMib(agent)
    const read = { handle, count: CONTENT_MIB * MIB }
    const reply = await call<{ count: number }>(agent.socket, 'guest-file-read', read)
    expect(reply.count).toBe(CONTENT_MIB * MIB)
    console.log(`a read of ${CONTENT_MIB} MiB took ${(peakMib(agent) - before).toFixed(0)} MiB`)
    expect(peakMib(agent) - before).toBeLessThan(ONCE_MIB)
    rmSync(path)
  },
  SLOW_MS,
)

test(
  'a large write is held once',
  async () => {
    using agent = await serving()
    using client = await agent.connect()
    const path = '/dev/null'
    const { return: handle } = await ask(client, 'guest-file-open', { path, mode: 'w' })
    const before = peakMib(agent)
    const data = Buffer.alloc(CONTENT_MIB * MIB, 'x').toString('base64')
    const reply = await ask(client, 'guest-file-write', { handle, 'buf-b64': data })
    expect(reply.return).toMatchObject({ count: CONTENT_MIB * MIB })
    console.log(`a write of ${CONTENT_MIB} MiB took ${(peakMib(agent) - before).toFixed(0)} MiB`)
    expect(peakMib(agent) - before).toBeLessThan(ONCE_MIB)
  },
  SLOW_MS,
)
