// SPDX-License-Identifier: Apache-2.0
/** What is wrong with arguments, in upstream's words: hosts and their users match these texts. */
import type * as z from 'zod/mini'
import { type Described, memberAt } from '../schema/describe.ts'

type Issue = z.core.$ZodIssue

/** The text for the first problem that zod found; zod looks in the order that upstream does. */
export function explain(schema: z.core.$ZodType, args: unknown, issue: Issue): string {
  if (issue.code === 'unrecognized_keys') {
    return `Parameter '${pathName([...issue.path, issue.keys[0] as string])}' is unexpected`
  }
  const name = pathName(issue.path)
  const value = valueAt(args, issue.path)
  if (value === undefined) return `Parameter '${name}' is missing`
  const type = memberAt(schema, issue.path)?.type
  if (type === undefined) throw new TypeError(`No schema at "${name}"`)
  return explainType(type, name, String(issue.path.at(-1)), value)
}

/** @param member the last part of the name, which is all that upstream gives for enums */
function explainType(type: Described, name: string, member: string, value: unknown): string {
  switch (type.kind) {
    case 'uint64':
      return `Parameter '${name}' expects uint64`
    case 'uint16':
      return `Parameter '${name}' expects uint16_t`
    case 'enum':
      if (typeof value !== 'string') return expected(name, 'string')
      return `Parameter '${member}' does not accept value '${value}'`
    case 'alternate': {
      const branch = type.branches.find((candidate) =>
        jsonTypes(candidate).includes(jsonType(value)),
      )
      return branch === undefined
        ? expected(name, type.name)
        : explainType(branch, name, member, value)
    }
    default:
      return expected(name, jsonTypes(type)[0] as string)
  }
}

function expected(name: string, type: string): string {
  return `Invalid parameter type for '${name}', expected: ${type}`
}

/** The JSON types that a schema takes, the one in error texts first. A number that is no integer still chooses an integer branch. */
function jsonTypes(type: Described): readonly string[] {
  switch (type.kind) {
    case 'int':
    case 'uint64':
    case 'uint16':
      return ['integer', 'number']
    case 'number':
      return ['number', 'integer']
    case 'bool':
      return ['boolean']
    case 'str':
    case 'enum':
      return ['string']
    case 'list':
      return ['array']
    default:
      return ['object']
  }
}

/** Of a value as the reader gives it. */
function jsonType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'object') return Object.getPrototypeOf(value) === null ? 'object' : 'number'
  return typeof value === 'bigint' ? 'number' : typeof value
}

function valueAt(args: unknown, path: readonly PropertyKey[]): unknown {
  let value = args
  for (const key of path) value = (value as Record<PropertyKey, unknown>)[key]
  return value
}

/** `vcpus[1].logical-id` */
function pathName(path: readonly PropertyKey[]): string {
  let name = ''
  for (const key of path) {
    name += typeof key === 'number' ? `[${key}]` : name === '' ? String(key) : `.${String(key)}`
  }
  return name
}
