// SPDX-License-Identifier: Apache-2.0
/** Requests broken in every way, sent to recording handlers: never a crash, always a way back. */
import { expect, test } from 'bun:test'
import { type Command, encodedMembers } from '../../src/schema/command.ts'
import { contract } from '../../src/schema/contract.ts'
import { type Described, type Member, membersOf } from '../../src/schema/describe.ts'
import { Reader } from '../../src/wire/reader.ts'
import { agentUnderTest } from './agent-under-test.ts'

const ENCODED = encodedMembers(contract)
const REQUESTS = 10_000
const SEED = Number(process.env['QGA_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  "'",
  '\\',
  '\\u',
  'd83d',
  '0',
  '-',
  '1e9',
  'null',
  '\n',
  '\0',
  '\xff',
  '\xc3',
  ' ',
  'x'.repeat(300),
]

/** A linear congruential generator, so that a failure can be had again with its seed. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Every member, with a value that its type takes. */
function sample(members: readonly Member[]): Record<string, unknown> {
  return Object.fromEntries(members.map(({ name, type }) => [name, sampleOf(type)]))
}

function sampleOf(type: Described): unknown {
  switch (type.kind) {
    case 'str':
      return type.base64 ? 'QUJD' : 'é "text"'
    case 'bool':
      return true
    case 'list':
      return [sampleOf(type.of), sampleOf(type.of)]
    case 'struct':
      return sample(type.members)
    case 'enum':
      return type.values[0]
    case 'alternate':
      return sampleOf(type.branches[1] as Described)
    default:
      return 1
  }
}

function mutate(text: string, random: (below: number) => number): string {
  let mutated = text
  for (let i = random(4); i >= 0; i--) {
    const at = random(mutated.length + 1)
    const piece = random(3) === 0 ? String.fromCharCode(random(256)) : PIECES[random(PIECES.length)]
    mutated = mutated.slice(0, at) + piece + mutated.slice(at + random(6))
  }
  return mutated
}

test(`${REQUESTS} mutated requests (QGA_SEED=${SEED}) never break the agent, and 0xFF with a delimited sync always gets through`, async () => {
  const random = generator(SEED)
  const agent = agentUnderTest({ 'guest-sync-delimited': ({ id }) => id })
  const reader = new Reader({ encoded: { parent: 'arguments', names: ENCODED } })
  const commands: readonly Command[] = contract
  const texts = commands.map((command) =>
    JSON.stringify({
      execute: command.name,
      arguments: sample(membersOf(command.args)),
      id: command.name,
    }),
  )
  for (let i = 0; i < REQUESTS; i++) {
    const text = mutate(texts[random(texts.length)] as string, random)
    const sync = `\xff{"execute":"guest-sync-delimited","arguments":{"id":${i}}}`
    reader.push(Buffer.from(text + sync, 'latin1'))
    let last = ''
    for (;;) {
      const incoming = reader.next()
      if (incoming === undefined) break
      last = ((await agent.answers.answer(incoming)) ?? []).join('')
      expect(last === '' || /^\xff?\{.*\}\n$/.test(last)).toBe(true)
      expect(last).not.toContain('Internal error')
    }
    if (last !== `\xff{"return": ${i}}\n`) {
      throw new Error(`no way back after ${JSON.stringify(text)}: ${last}`)
    }
  }
  expect(agent.calls.length).toBeGreaterThan(REQUESTS)
})
