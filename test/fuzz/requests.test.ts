// SPDX-License-Identifier: Apache-2.0
/** Requests without number, sent to recording handlers: each does what the contract says, and none breaks the agent. */
import { expect, test } from 'bun:test'
import type { Command } from '../../src/schema/command.ts'
import { Random, SEED } from '../harness/random.ts'
import { aim, BLOCK_LIST, type Expected, type Shot } from './requests.ts'
import { type Call, COMMANDS, Target } from './target.ts'

/** The judge's machine has the time for all of them. */
const REQUESTS = Number(process.env['QGA_FUZZ'] ?? (process.env['CI'] ? 1_000_000 : 50_000))
/** Clients come and go, some in the middle of a request. */
const PER_CLIENT = 1000

const SILENT = new Set(
  COMMANDS.filter(({ reply }: Command) => reply === 'errors-only').map(({ name }) => name),
)

/** The reply to a request as text; '' when there was none. */
interface Came {
  readonly calls: readonly Call[]
  readonly received: string
}

function fault(expected: Expected, { calls, received }: Came): string | undefined {
  switch (expected.kind) {
    case 'call':
      if (calls.length !== 1) return `${calls.length} calls`
      if (!Bun.deepEquals(calls[0], { name: expected.name, args: expected.args }, true)) {
        return `the handler got ${shown(calls[0])} instead of ${shown(expected)}`
      }
      return SILENT.has(expected.name)
        ? received && `not silent: ${received}`
        : received.replace('\xff', '') === `{"return": ${expected.tail}`
          ? undefined
          : `answered ${received}`
    case 'refusal': {
      if (calls.length > 0) return `the handler was reached: ${shown(calls)}`
      const { error } = JSON.parse(received) as { error?: { class: string; desc: string } }
      const isRight =
        typeof expected.desc === 'string'
          ? error?.desc === expected.desc
          : expected.desc.test(error?.desc ?? '')
      return isRight && error?.class === expected.wireClass ? undefined : `answered ${received}`
    }
    case 'survival':
      return lines(received).every((line) => /^\xff?\{[\x20-\x7e]*\}$/.test(line))
        ? undefined
        : `answered ${received}`
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function shown(value: unknown): string {
  return Bun.inspect(value, { depth: 8 }).slice(0, 2000)
}

test(
  `requests get what the oracle says: ${REQUESTS} of them (QGA_SEED=${SEED})`,
  () => {
    const random = new Random(SEED)
    const target = new Target(random, BLOCK_LIST)
    const counts = { call: 0, refusal: 0, survival: 0 }
    let shot: Shot | undefined
    try {
      for (let i = 0; i < REQUESTS; i++) {
        if (i % PER_CLIENT === 0) {
          target.send('{"execute":"guest-pi')
          target.reconnect()
        }
        shot = aim(COMMANDS, random)
        counts[shot.expected.kind]++
        target.send(shot.text)
        // What may be unfinished is ended as clients end it, and its end may be an error of its own.
        if (shot.expected.kind === 'survival') target.send('\n\xff')
        const problem = fault(shot.expected, target.take())
        if (problem) throw new Error(problem)
        if (shot.expected.kind === 'survival') synced(target, i)
        if (target.bugs.length > 0) throw new Error(target.bugs.join('\n'))
      }
    } catch (error) {
      throw new Error(`${error} after ${JSON.stringify(shot)}`, { cause: error })
    }
    // Each kind has its share: a generator that fell silent would pass everything.
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(REQUESTS / 5)
  },
  10 * 60_000,
)

function synced(target: Target, id: number): void {
  target.send(`{"execute":"guest-sync-delimited","arguments":{"id":${id}}}`)
  const { calls, received } = target.take()
  const isServed = calls.length === 1 && received === '\xff{"return": {}}\n'
  if (!isServed) throw new Error(`no way back: ${shown(calls)} ${received}`)
}
