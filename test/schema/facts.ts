// SPDX-License-Identifier: Apache-2.0
/** The fixtures of facts about upstream's schemas, and one plain form to compare them with ours. */
import type { Condition } from '../../src/schema/condition.ts'
import type { Described, Member } from '../../src/schema/describe.ts'

type Ref = string | readonly [string]
/** `*` before a name: optional. */
type Members = Readonly<Record<string, Ref>>

export interface Facts {
  readonly commands: Readonly<
    Record<
      string,
      {
        readonly since: string
        readonly if?: Condition
        readonly args: Members
        readonly returns?: Ref
        readonly 'success-response'?: false
      }
    >
  >
  readonly structs: Readonly<Record<string, { readonly members: Members }>>
  readonly enums: Readonly<
    Record<string, { readonly values: readonly (string | { name: string; if: Condition })[] }>
  >
  readonly alternates: Readonly<Record<string, { readonly branches: Members }>>
  readonly unions: Readonly<
    Record<
      string,
      {
        readonly base: Members
        readonly discriminator: string
        readonly branches: Readonly<Record<string, string>>
      }
    >
  >
}

export function readFacts(name: string): Promise<Facts> {
  return Bun.file(new URL(`../fixtures/schema/${name}.json`, import.meta.url)).json()
}

/** A type without our own additions: base64 is a `str`, and structs have no names. */
export type Plain =
  | string
  | { readonly list: Plain }
  | { readonly struct: readonly PlainMember[] }
  | { readonly enum: string; readonly values: readonly (string | readonly [string, Condition])[] }
  | { readonly alternate: string; readonly branches: readonly Plain[] }
  | {
      readonly union: string
      readonly tag: readonly PlainMember[]
      readonly branches: Readonly<Record<string, readonly PlainMember[]>>
    }
export interface PlainMember {
  readonly name: string
  readonly optional: boolean
  readonly type: Plain
}

const SCALARS = ['int', 'uint64', 'uint16', 'number', 'str', 'bool']

export function plainFromFacts(facts: Facts, ref: Ref): Plain {
  if (typeof ref !== 'string') return { list: plainFromFacts(facts, ref[0]) }
  const { structs, enums, alternates, unions } = facts
  const struct = structs[ref]
  if (struct) return { struct: membersFromFacts(facts, struct.members) }
  const enumeration = enums[ref]
  if (enumeration) {
    const values = enumeration.values.map((value) =>
      typeof value === 'string' ? value : ([value.name, value.if] as const),
    )
    return { enum: ref, values }
  }
  const alternate = alternates[ref]
  if (alternate) {
    const branches = Object.values(alternate.branches)
    return { alternate: ref, branches: branches.map((branch) => plainFromFacts(facts, branch)) }
  }
  const union = unions[ref]
  if (union) {
    const branches: Record<string, readonly PlainMember[]> = {}
    for (const [value, name] of Object.entries(union.branches)) {
      branches[value] = membersFromFacts(facts, structs[name]?.members ?? {})
    }
    return { union: ref, tag: membersFromFacts(facts, union.base), branches }
  }
  if (SCALARS.includes(ref)) return ref
  throw new Error(`The facts do not say what "${ref}" is`)
}

export function membersFromFacts(facts: Facts, members: Members): readonly PlainMember[] {
  return Object.entries(members).map(([key, ref]) => {
    const optional = key.startsWith('*')
    return { name: optional ? key.slice(1) : key, optional, type: plainFromFacts(facts, ref) }
  })
}

export function plainFromSchema(type: Described): Plain {
  switch (type.kind) {
    case 'list':
      return { list: plainFromSchema(type.of) }
    case 'struct':
      return { struct: membersFromSchema(type.members) }
    case 'enum': {
      const values = type.values.map((value) => {
        const condition = type.if[value]
        return condition ? ([value, condition] as const) : value
      })
      return { enum: type.name, values }
    }
    case 'alternate':
      return { alternate: type.name, branches: type.branches.map(plainFromSchema) }
    case 'union': {
      const branches: Record<string, readonly PlainMember[]> = {}
      for (const [value, members] of Object.entries(type.branches)) {
        branches[value] = membersFromSchema(members)
      }
      return { union: type.name, tag: membersFromSchema([type.tag]), branches }
    }
    default:
      return type.kind
  }
}

export function membersFromSchema(members: readonly Member[]): readonly PlainMember[] {
  return members.map(({ name, optional, type }) => ({
    name,
    optional,
    type: plainFromSchema(type),
  }))
}
