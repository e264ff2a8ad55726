// SPDX-License-Identifier: Apache-2.0
/** Reader and envelope, in process, against what the reference agent said to the same bytes. */
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { MalformedRequest } from '../../src/errors.ts'
import { requestFrom } from '../../src/wire/envelope.ts'
import { NumberText } from '../../src/wire/number.ts'
import { type Incoming, Reader } from '../../src/wire/reader.ts'
import { createRandom } from '../harness/random.ts'
import { canonical, parseReply } from './compare.ts'
import { endMarker, mutations, RESUME } from './mutations.ts'

interface Recorded {
  readonly input: string
  readonly replies: readonly string[]
}

const fixture = new URL('../fixtures/linux/wire/mutated-11.1.3.jsonl', import.meta.url)
const recorded = readFileSync(fixture, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded)

const encoded = { parent: 'arguments', names: new Set(['buf-b64']) }

describe('mutated inputs', () => {
  test('are those of the generator', () => {
    expect(recorded.map(({ input }) => input)).toEqual([...mutations(recorded.length, 20)])
  })

  test('make the reference agent complain in many ways', () => {
    const texts = recorded.flatMap(({ replies }) => replies.map(complaint))
    expect(new Set(texts).size).toBeGreaterThan(15)
  })

  test.each([
    ['in one piece', () => Number.MAX_SAFE_INTEGER],
    ['byte by byte', () => 1],
    ['in pieces', pieces(7)],
  ])('get the same replies %s', (_, size) => {
    const reader = new Reader({ encoded })
    for (const [n, { input, replies }] of recorded.entries()) {
      const bytes = Buffer.from(input + RESUME + endMarker(n), 'latin1')
      const ours = [...repliesOf(reader, bytes, size)]
      expect(ours.pop()).toContain(`END${n}`)
      expect({ input, replies: ours }).toEqual({ input, replies: replies.map(comparable) })
    }
  })
})

function pieces(seed: number): () => number {
  const below = createRandom(seed)
  return () => below(12) + 1
}

function* repliesOf(reader: Reader, bytes: Buffer, size: () => number): Generator<string> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + size())
    reader.push(Buffer.from(bytes.subarray(at, end)))
    at = end
    for (let value = reader.next(); value !== undefined; value = reader.next()) {
      yield canonical(plain(replyTo(value)))
    }
  }
}

/** What an agent without any command answers. */
function replyTo(value: Incoming): object {
  if (value instanceof MalformedRequest) return { error: errorOf('GenericError', value.message) }
  const isObject = typeof value === 'object' && value !== null && 'id' in value
  const echo = isObject && Object.getPrototypeOf(value) === null ? { id: value.id } : {}
  try {
    const desc = `The command ${requestFrom(value).execute} has not been found`
    return { ...echo, error: errorOf('CommandNotFound', desc) }
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error
    return { ...echo, error: errorOf('GenericError', error.message) }
  }
}

function errorOf(wireClass: string, desc: string): object {
  return { class: wireClass, desc }
}

function comparable(line: string): string {
  return canonical(plain(parseReply(line)))
}

/** Upstream rounds the numbers of an id to doubles: difference id-digits. */
function plain(value: unknown): unknown {
  if (value instanceof NumberText) return Number(value.text)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}

/** The text of an error without what it quotes and where it was. */
function complaint(line: string): string {
  return line
    .replace(/^.*"desc": "/, '')
    .replace(/\d+:\d+: /, '')
    .replace(/'.*'/, '')
}
