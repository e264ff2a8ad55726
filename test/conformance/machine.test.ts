// SPDX-License-Identifier: Apache-2.0
/** What only reads, on this very machine, beside the installed qemu-ga. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Agent, startAgent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs, toolPath } from '../harness/needs.ts'
import { ask, type Reply } from '../harness/program.ts'

const isThere = needs('qemu-ga')

/** What goes on counting, whoever asks. */
const VOLATILE = new Set([
  ...['statistics', 'refcnt', 'use', 'load1m', 'load5m', 'load15m'],
  ...['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guestnice'],
])
/** By what a list is sorted whose order means nothing. */
const KEYS = ['logical-id', 'phys-index']

const COMMANDS = [
  'guest-network-get-interfaces',
  'guest-network-get-route',
  'guest-get-vcpus',
  'guest-get-memory-blocks',
  'guest-get-memory-block-info',
  'guest-get-cpustats',
  'guest-get-load',
  'guest-get-users',
  'guest-get-host-name',
  'guest-get-timezone',
  'guest-get-osinfo',
]

let ours: Agent
let theirs: Agent

describe.if(isThere)('on this machine', () => {
  beforeAll(async () => {
    ours = await startAgent([EXECUTABLE])
    theirs = await startAgent([toolPath('qemu-ga') ?? ''])
  })
  afterAll(async () => {
    ours[Symbol.dispose]()
    await theirs.kill()
    theirs[Symbol.dispose]()
  })

  test.each(COMMANDS)('%s answers as qemu-ga does', async (command) => {
    const [got, expected] = await Promise.all([reply(ours, command), reply(theirs, command)])
    // An older one may not have it yet.
    if (expected.error?.class === 'CommandNotFound') expect(got).toHaveProperty('return')
    else expect(stable(got)).toEqual(stable(expected))
  })
})

async function reply(agent: Agent, command: string): Promise<Reply> {
  using client = await agent.connect()
  return await ask(client, command)
}

/** The same without what is volatile, in an order. */
function stable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(stable) as Record<string, unknown>[]
    const key = KEYS.find((name) => items[0] && name in items[0])
    return key === undefined ? items : items.sort((a, b) => Number(a[key]) - Number(b[key]))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      VOLATILE.has(name) ? typeof member : stable(member),
    ]),
  )
}
