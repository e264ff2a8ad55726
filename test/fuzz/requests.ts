// SPDX-License-Identifier: Apache-2.0
/** Requests made from the contract: valid ones, ones with one known fault, and hostile ones. */
import type { Command } from '../../src/schema/command.ts'
import { type Described, type Member, membersOf } from '../../src/schema/describe.ts'
import type { Random } from '../harness/random.ts'
import { object, type Written, write, writeMembers } from './values.ts'

/** What has to come of a request. */
export type Expected =
  /** The handler gets exactly this, and the reply ends with the id. */
  | { readonly kind: 'call'; readonly name: string; readonly args: unknown; readonly tail: string }
  /** No handler is reached, and the error says this. */
  | { readonly kind: 'refusal'; readonly wireClass: string; readonly desc: string | RegExp }
  /** Whatever it is, the next request is served. */
  | { readonly kind: 'survival' }

export interface Shot {
  /** A character for each byte. */
  readonly text: string
  readonly expected: Expected
}

const BLOCKED = 'guest-suspend-hybrid'
export const BLOCK_LIST: readonly string[] = [BLOCKED]

const IDS = ['1', '0', '"id"', '18446744073709551615', '[1, null]', '{"a": {}}', 'true', '1.50']

export function aim(commands: readonly Command[], random: Random): Shot {
  const command = random.pick(commands)
  const roll = random.below(10)
  if (roll < 4) return valid(command, random)
  if (roll < 7) return faulty(command, random)
  return {
    text: roll < 9 ? mutated(valid(command, random).text, random) : hostile(random),
    expected: { kind: 'survival' },
  }
}

function valid(command: Command, random: Random): Shot {
  const members = membersOf(command.args)
  const args = writeMembers(members, random)
  const id = random.once(2) ? random.pick(IDS) : undefined
  const text = envelope(command.name, object(args, random).text, id, args.size === 0, random)
  const tail = id === undefined ? '{}}\n' : `{}, "id": ${id}}\n`
  return {
    text,
    expected: expectedOf(command.name, {
      kind: 'call',
      name: command.name,
      args: valuesOf(args),
      tail,
    }),
  }
}

/** A command that the lists refuse is refused before its arguments are looked at. */
function expectedOf(name: string, expected: Expected): Expected {
  if (!BLOCK_LIST.includes(name)) return expected
  const desc = `Command ${name} has been disabled: the command is not allowed`
  return { kind: 'refusal', wireClass: 'CommandNotFound', desc }
}

function valuesOf(members: ReadonlyMap<string, Written>): Record<string, unknown> {
  return Object.fromEntries([...members].map(([name, { value }]) => [name, value]))
}

function envelope(
  name: string,
  args: string,
  id: string | undefined,
  mayOmit: boolean,
  random: Random,
): string {
  const members = [
    `"execute":"${name}"`,
    ...(mayOmit && random.once(2) ? [] : [`"arguments":${args}`]),
    ...(id === undefined ? [] : [`"id":${id}`]),
  ]
  return `{${random.shuffled(members).join(',')}}`
}

type Fault = (command: Command, args: Map<string, Written>, random: Random) => Shot | undefined

const FAULTS: readonly Fault[] = [
  (command, args, random) => {
    args.set('zz', write({ kind: 'int' }, random))
    return refused(command, args, random, "Parameter 'zz' is unexpected")
  },
  (command, args, random) => {
    const required = membersOf(command.args).filter(({ optional }) => !optional)
    if (required.length === 0) return undefined
    const { name } = random.pick(required)
    args.delete(name)
    return refused(command, args, random, `Parameter '${name}' is missing`)
  },
  (command, args, random) => {
    const members = membersOf(command.args)
    if (members.length === 0) return undefined
    const { name, type } = random.pick(members)
    args.set(name, { text: wrongFor(type, random), value: undefined })
    return refused(command, args, random, new RegExp(`'${name}`))
  },
  ({ name }, args, random) => {
    const text = `{"execute":"${name}","arguments":${object(args, random).text},"zz":1}`
    return { text, expected: refusal("QMP input member 'zz' is unexpected") }
  },
  ({ name }, _, random) => {
    const text = `{"execute":"${name}","arguments":${random.pick(['1', '[]', '""', 'null'])}}`
    return { text, expected: refusal("QMP input member 'arguments' must be an object") }
  },
  ({ name }) => ({
    text: `{"execute":"${name}","execute":"${name}"}`,
    expected: refusal(/duplicate key$/),
  }),
  ({ name }) => ({
    text: `{"execute":"${name}x"}`,
    expected: {
      kind: 'refusal',
      wireClass: 'CommandNotFound',
      desc: `The command ${name}x has not been found`,
    },
  }),
  (command, args, random) => {
    const member = membersOf(command.args).find(isEncoded)
    if (member === undefined) return undefined
    args.set(member.name, { text: random.pick(['"QQ="', '"Q"', '"QQ==QQ=="', '"Q%=="']), value: 0 })
    return refused(command, args, random, 'Base64 data contains invalid characters')
  },
]

function isEncoded({ type }: Member): boolean {
  return type.kind === 'str' && type.base64
}

function faulty(command: Command, random: Random): Shot {
  for (;;) {
    const args = writeMembers(membersOf(command.args), random)
    const shot = random.pick(FAULTS)(command, args, random)
    if (shot !== undefined) return shot
  }
}

function refused(
  { name }: Command,
  args: ReadonlyMap<string, Written>,
  random: Random,
  desc: string | RegExp,
): Shot {
  const text = envelope(name, object(args, random).text, undefined, false, random)
  return { text, expected: expectedOf(name, refusal(desc)) }
}

function refusal(desc: string | RegExp): Expected {
  return { kind: 'refusal', wireClass: 'GenericError', desc }
}

/** A value that the type does not take. */
function wrongFor(type: Described, random: Random): string {
  switch (type.kind) {
    case 'int':
    case 'uint64':
    case 'uint16':
      return random.pick(['"1"', 'null', 'true', '1.5', '-99999999999999999999', '{}'])
    case 'alternate':
      return random.pick(['null', '{}', '[]'])
    case 'enum':
      return random.pick(['"no such value"', '1', 'null'])
    case 'str':
      return random.pick(['1', 'null', '[]', '{}'])
    default:
      return random.pick(['"text"', 'null', '1'])
  }
}

const PIECES = [
  ...['{', '}', '[', ']', ':', ',', '"', "'", '\\', '\\u', 'd83d', '0', '-', '1e9', 'null', '\n'],
  ...['\0', '\xff', '\xc3', ' ', 'x'.repeat(300), '"execute"', '"arguments"', '\\ud800'],
]

function mutated(text: string, random: Random): string {
  let result = text
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(result.length + 1)
    const piece = random.once(3) ? String.fromCharCode(random.below(256)) : random.pick(PIECES)
    result = result.slice(0, at) + piece + result.slice(at + random.below(6))
  }
  return result
}

/** What somebody sends who wants the agent to break. */
function hostile(random: Random): string {
  const kinds = [
    () => '['.repeat(random.below(3000)),
    () => '{"a":'.repeat(random.below(1500)),
    () => `{"execute":"${'x'.repeat(random.below(20_000))}"}`,
    () => `{"execute":"guest-ping","arguments":{"__proto__":{"x":1},"constructor":null}}`,
    () => `{"__proto__":{"execute":"guest-ping"}}`,
    () =>
      `{"execute":"${random.pick(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])}"}`,
    () => `[${'[],'.repeat(random.below(2000))}1]`,
    () => `{"execute":"guest-sync","arguments":{"id":${'9'.repeat(random.below(5000))}}}`,
    () =>
      `{"execute":"guest-file-write","arguments":{"handle":1,"buf-b64":"${'A'.repeat(random.below(50_000))}`,
    () => random.bytes(400).toString('latin1'),
    () => '\xff'.repeat(random.below(100)),
    () => `"${'\\u0000'.repeat(random.below(200))}"`,
  ]
  return random.pick(kinds)()
}
