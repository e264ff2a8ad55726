// SPDX-License-Identifier: Apache-2.0
/** Values that the types of the contract take, and the many ways in which JSON writes them. */
import type { Described, Member } from '../../src/schema/describe.ts'
import type { Random } from '../harness/random.ts'

/** A value as JSON text, and as a handler has to get it. */
export interface Written {
  readonly text: string
  readonly value: unknown
}

const CHARACTERS = [
  ...['a', 'Z', '0', ' ', '"', "'", '\\', '/', '\n', '\t', '\u0001', '\u007f', '\u00e9', '\u20ac'],
  ...['\u{1f600}', '\ufffd', '\u2028', '%', '{', '}', '[', ']', ':', ','],
]
const INTEGERS = [
  ...[0n, 1n, -1n, 7n, 1000n, 2n ** 31n, -(2n ** 31n), 2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n],
  ...[2n ** 63n - 1n, -(2n ** 63n)],
]

export function write(type: Described, random: Random): Written {
  switch (type.kind) {
    case 'bool':
      return random.once(2) ? { text: 'true', value: true } : { text: 'false', value: false }
    case 'int':
      return integer(random.once(2) ? random.pick(INTEGERS) : BigInt(random.below(2 ** 31)))
    case 'uint64':
      return integer(random.once(3) ? 2n ** 64n - 1n : BigInt(random.below(2 ** 31)))
    case 'uint16':
      return integer(BigInt(random.below(65_536)))
    case 'number':
      return random.pick([integer(-3n), { text: '0.5', value: 0.5 }, { text: '1e3', value: 1000 }])
    case 'str':
      return type.base64 ? encoded(random) : string(random)
    case 'enum': {
      const value = random.pick(type.values)
      return { text: quoted(value, random), value }
    }
    case 'list': {
      const items = random.many(5, () => write(type.of, random))
      const text = `[${blank(random)}${items.map((item) => item.text).join(`${blank(random)},`)}]`
      return { text, value: items.map(({ value }) => value) }
    }
    case 'struct':
      return object(writeMembers(type.members, random), random)
    case 'alternate':
      return write(random.pick(type.branches), random)
    case 'union':
      throw new Error(`No argument is a union such as ${type.name}`)
  }
}

/** What is required, and some of what is not, in any order. */
export function writeMembers(members: readonly Member[], random: Random): Map<string, Written> {
  const chosen = random.shuffled(members).filter(({ optional }) => !optional || random.once(2))
  return new Map(chosen.map(({ name, type }) => [name, write(type, random)]))
}

export function object(members: ReadonlyMap<string, Written>, random: Random): Written {
  const parts = [...members].map(
    ([name, { text }]) => `${quoted(name, random)}${blank(random)}:${blank(random)}${text}`,
  )
  return {
    text: `{${blank(random)}${parts.join(`${blank(random)},${blank(random)}`)}}`,
    value: Object.fromEntries([...members].map(([name, { value }]) => [name, value])),
  }
}

function integer(value: bigint): Written {
  const isSafe = Number.isSafeInteger(Number(value))
  return { text: String(value), value: isSafe ? Number(value) : value }
}

function string(random: Random): Written {
  const value = random.many(12, () => random.pick(CHARACTERS)).join('')
  return { text: quoted(value, random), value }
}

/** With the newlines that some clients put in. */
function encoded(random: Random): Written {
  const value = random.bytes(random.once(50) ? 60_000 : 40)
  const text = value.toString('base64')
  return { text: random.once(3) ? `"${text.replace(/.{20}/g, '$&\\n')}"` : `"${text}"`, value }
}

/** In either kind of quotes, any character escaped or not. */
function quoted(text: string, random: Random): string {
  const quote = random.once(4) ? "'" : '"'
  const escaped = [...text].map((character) => {
    const code = character.codePointAt(0) as number
    const mustEscape = code < 0x20 || character === quote || character === '\\'
    if (!mustEscape && !random.once(10)) return character
    return [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join('')
  })
  return Buffer.from(`${quote}${escaped.join('')}${quote}`).toString('latin1')
}

function blank(random: Random): string {
  return random.once(8) ? random.pick([' ', '\t', '\n', '\r\n  ']) : ''
}
