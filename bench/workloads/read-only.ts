// SPDX-License-Identifier: Apache-2.0
/** Every command that only tells and that both agents have. */
import { requestOf } from '../client.ts'
import type { Figure } from '../figure.ts'
import { median } from '../statistics.ts'
import { type Bench, expectEqual, repeats, timed, type Workload } from '../workload.ts'

const CALLS = 200
/** So many that what is called often is compiled. */
const WARM_UP = 200
const ONLY_TELLS = /^guest-(?:info|fsfreeze-status|(?:network-)?get-.*)$/

interface Info {
  readonly supported_commands: readonly { readonly name: string; readonly enabled: boolean }[]
}

/** What an agent says it has and would do. */
export function commandsOf(info: unknown): readonly string[] {
  return (info as Info).supported_commands
    .filter(({ name, enabled }) => enabled && ONLY_TELLS.test(name))
    .map(({ name }) => name)
}

/** @param names the commands that both agents have */
export function readOnly(names: readonly string[], answers: Map<string, unknown>): Workload {
  return (bench) => names.map((name) => measure(bench, name, answers))
}

function measure(bench: Bench, name: string, answers: Map<string, unknown>): Figure {
  const { client } = bench
  const request = requestOf(name)
  let end = 0
  const one = () => {
    end = client.exchange(request)
  }
  for (let i = 0; i < WARM_UP; i++) one()
  const times = new Float64Array(repeats(CALLS, bench))
  for (let i = 0; i < times.length; i++) times[i] = timed(one) * 1000
  compare(name, client.inbox.bytes.toString('utf8', 0, end), answers)
  return { id: `command.${name}`, label: `${name}, µs, median`, value: median(times) }
}

/** What does not change from call to call, nor from agent to agent. */
const SAME = new Set([
  'guest-get-host-name',
  'guest-get-memory-block-info',
  'guest-get-osinfo',
  'guest-get-timezone',
  'guest-get-vcpus',
  'guest-fsfreeze-status',
])

/** The first agent's answer is kept; the other's must be equal, or of its kind where it changes by the moment. */
function compare(name: string, text: string, answers: Map<string, unknown>): void {
  const answer = JSON.parse(text)
  const part = SAME.has(name) ? inOrder(answer) : kindOf(answer)
  const expected = answers.get(name)
  if (expected === undefined) answers.set(name, part)
  else if (!Bun.deepEquals(part, expected, true))
    expectEqual(Buffer.from(JSON.stringify(part)), Buffer.from(JSON.stringify(expected)), name)
}

/** Upstream leaves the order of lists to the system. */
function inOrder(answer: Readonly<Record<string, unknown>>): unknown {
  const { return: value } = answer
  return Array.isArray(value) ? value.map(spelled).sort() : answer
}

function spelled(entry: object): string {
  return JSON.stringify(Object.entries(entry).sort())
}

function kindOf(answer: Readonly<Record<string, unknown>>): unknown {
  const { return: value, error } = answer
  if (error !== undefined) return 'error'
  return Array.isArray(value) ? `${value.length} entries` : typeof value
}
