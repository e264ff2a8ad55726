// SPDX-License-Identifier: Apache-2.0
/**
 * What a schema says, as plain data: the client, the docs table, the conformance test and the
 * error texts read the contract through this.
 */
import * as z from 'zod/mini'
import { qapiType, type ValueConditions } from './qapi.ts'

export type Described =
  | { readonly kind: 'int' | 'uint64' | 'uint16' | 'number' | 'bool' }
  /** `base64`: text on the wire, bytes inside. */
  | { readonly kind: 'str'; readonly base64: boolean }
  | { readonly kind: 'list'; readonly of: Described }
  | { readonly kind: 'struct'; readonly members: readonly Member[] }
  | {
      readonly kind: 'enum'
      readonly name: string
      readonly values: readonly string[]
      readonly if: ValueConditions
    }
  | { readonly kind: 'alternate'; readonly name: string; readonly branches: readonly Described[] }
  | {
      readonly kind: 'union'
      readonly name: string
      /** The member that chooses, always the first, and the enum of its values. */
      readonly tag: Member
      /** What a value of the tag adds; a value that adds nothing has no entry. */
      readonly branches: Readonly<Record<string, readonly Member[]>>
    }

export interface Member {
  readonly name: string
  readonly optional: boolean
  readonly type: Described
  readonly schema: z.core.$ZodType
}

export function describe(schema: z.core.$ZodType): Described {
  const type = qapiType(schema)
  if (type === undefined) return describeParts(schema)
  switch (type.kind) {
    case 'enum':
      return { ...type, values: valuesOf(schema) }
    case 'alternate':
      return { ...type, branches: optionsOf(schema).map(describe) }
    case 'union':
      return {
        kind: 'union',
        name: type.name,
        tag: describeMember(type.tag, type.tags),
        branches: branchesOf(schema, type.tag),
      }
    case 'list':
      return { kind: 'list', of: describe(type.of) }
    case 'str':
      return { kind: 'str', base64: false }
    case 'bytes':
      return { kind: 'str', base64: true }
    default:
      return { kind: type.kind }
  }
}

/** The members of arguments or of a struct; none of anything else. */
export function membersOf(schema: z.core.$ZodType): readonly Member[] {
  if (!(schema instanceof z.core.$ZodObject)) return []
  return Object.entries<z.core.$ZodType>(schema._zod.def.shape).map(([name, member]) =>
    describeMember(name, member),
  )
}

/** What is at a path into a value, such as a zod issue has; undefined where the schema has nothing. */
export function memberAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
): { readonly schema: z.core.$ZodType; readonly type: Described } | undefined {
  let at: z.core.$ZodType | undefined = schema
  for (const key of path) at = at && stepInto(at, key)
  return at && { schema: at, type: describe(at) }
}

/** A type as QAPI writes it: `int`, `[str]`, the name of an enum, `struct` for members inline. */
export function typeName(type: Described): string {
  if (type.kind === 'list') return `[${typeName(type.of)}]`
  return 'name' in type ? type.name : type.kind
}

function describeMember(name: string, member: z.core.$ZodType): Member {
  const optional = member instanceof z.core.$ZodExactOptional
  const schema = optional ? member._zod.def.innerType : member
  return { name, optional, type: describe(schema), schema }
}

function describeParts(schema: z.core.$ZodType): Described {
  if (schema instanceof z.core.$ZodObject) return { kind: 'struct', members: membersOf(schema) }
  throw new TypeError(`No QAPI type for a schema of zod's "${schema._zod.def.type}"`)
}

function valuesOf(schema: z.core.$ZodType): readonly string[] {
  const values: string[] = []
  for (const value of schema._zod.values ?? []) if (typeof value === 'string') values.push(value)
  return values
}

function optionsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  return schema instanceof z.core.$ZodUnion ? schema._zod.def.options : []
}

function branchesOf(schema: z.core.$ZodType, tag: string): Record<string, readonly Member[]> {
  const branches: Record<string, readonly Member[]> = {}
  for (const option of optionsOf(schema)) {
    if (!(option instanceof z.core.$ZodObject)) continue
    const { [tag]: tags, ...added } = option._zod.def.shape
    const members = Object.entries<z.core.$ZodType>(added)
    if (tags === undefined || members.length === 0) continue
    for (const value of valuesOf(tags)) {
      branches[value] = members.map(([name, member]) => describeMember(name, member))
    }
  }
  return branches
}

function stepInto(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
  const listed = qapiType(schema)
  if (listed?.kind === 'list') return typeof key === 'number' ? listed.of : undefined
  const type = describe(schema)
  const members =
    type.kind === 'union'
      ? [type.tag, ...Object.values(type.branches).flat()]
      : type.kind === 'struct'
        ? type.members
        : []
  return members.find(({ name }) => name === key)?.schema
}
