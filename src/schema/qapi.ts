// SPDX-License-Identifier: Apache-2.0
/**
 * QAPI's types as zod schemas. zod checks values; the names kept beside the schemas are what
 * upstream's error texts, the conformance test, the client and the docs table speak of.
 */
import * as z from 'zod/mini'
import type { Condition } from './condition.ts'

/** What a schema is called in QAPI. Objects need no entry: zod knows their parts. */
export type QapiType =
  | { readonly kind: 'int' | 'uint64' | 'uint16' | 'number' | 'str' | 'bool' | 'bytes' }
  | { readonly kind: 'enum'; readonly name: string; readonly if: ValueConditions }
  | { readonly kind: 'alternate'; readonly name: string }
  | { readonly kind: 'list'; readonly of: z.core.$ZodType }
  | {
      readonly kind: 'union'
      readonly name: string
      readonly tag: string
      readonly tags: z.core.$ZodType
    }

/** The values of an enum that do not exist everywhere. */
export type ValueConditions = { readonly [value: string]: Condition | undefined }

/** Beside the schemas, not in zod's registries: those rewrite the types of what they keep. */
const types = new WeakMap<z.core.$ZodType, QapiType>()

/** The QAPI type of a schema; undefined for objects. */
export function qapiType(schema: z.core.$ZodType): QapiType | undefined {
  return types.get(schema)
}

/** base64 text of a request as the reader hands it over, decoded while it arrived. */
export interface Encoded {
  /** @throws InvalidArguments when the text was not base64 */
  decode(): readonly Uint8Array[]
  /** Lets others use the memory: nothing may look at the bytes any more. */
  release(): void
}

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const UINT64_MAX = 2n ** 64n - 1n

function isInt64(value: unknown): value is number | bigint {
  if (typeof value === 'number') return Number.isInteger(value)
  return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX
}

/** QAPI `int`: signed 64 bits; a bigint outside ±2^53. */
export const int = z.custom<number | bigint>(isInt64)
types.set(int, { kind: 'int' })

/** QAPI `uint64`. On input a negative integer wraps to unsigned, as upstream's visitor does. */
export const uint64 = z.pipe(
  z.custom<number | bigint>(
    (value) => isInt64(value) || (typeof value === 'bigint' && value <= UINT64_MAX && value > 0n),
  ),
  z.transform((value) => (value < 0 ? BigInt.asUintN(64, BigInt(value)) : value)),
)
types.set(uint64, { kind: 'uint64' })

/** QAPI `uint16`. */
export const uint16 = z.custom<number>(
  (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff,
)
types.set(uint16, { kind: 'uint16' })

/** QAPI `number`: a double. */
export const number = z.number()
types.set(number, { kind: 'number' })

export const str = z.string()
types.set(str, { kind: 'str' })

export const bool = z.boolean()
types.set(bool, { kind: 'bool' })

/** A `str` argument that carries base64: decoded as it arrives, never seen as text. */
export const encoded = z.custom<Encoded>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'decode' in value &&
    typeof value.decode === 'function',
)
types.set(encoded, { kind: 'bytes' })

/** A `str` result that carries base64: the handler gives bytes, the writer encodes them. */
export const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
types.set(bytes, { kind: 'bytes' })

/** A QAPI enum. A value under a condition is for the backend to refuse where it does not hold. */
export function enumeration<const V extends readonly [string, ...string[]]>(
  name: string,
  values: V,
  conditions: { readonly [value in V[number]]?: Condition } = {},
) {
  const schema = z.enum(values)
  types.set(schema, { kind: 'enum', name, if: conditions })
  return schema
}

/** A QAPI alternate: the JSON type of the value chooses the branch. */
export function alternate<const B extends readonly [z.core.$ZodType, ...z.core.$ZodType[]]>(
  name: string,
  branches: B,
) {
  const schema = z.union(branches)
  types.set(schema, { kind: 'alternate', name })
  return schema
}

/**
 * A QAPI flat union: `tag` chooses the members. `tags` are all its values; a branch names one of
 * them, or by `oneOf` those without members of their own. Only results use it.
 */
export function union<
  const T extends string,
  const B extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(name: string, tag: T, tags: z.core.$ZodEnum, branches: B) {
  const schema = z.discriminatedUnion(tag, branches)
  types.set(schema, { kind: 'union', name, tag, tags })
  return schema
}

/** The value of the tag in a branch of a union. */
export const literal = z.literal

/** Several values of the tag that share a branch. */
export const oneOf = z.enum

/** An optional member: absent or of its type, never null. */
export const optional = z.exactOptional

/**
 * A QAPI list. Unlike zod's own array it stops at the first wrong item: there can be a million of
 * them, and only the first is reported.
 */
export function list<const E extends z.core.$ZodType>(element: E) {
  const schema = z.pipe(
    z.array(z.unknown()),
    z.transform((items, context) => {
      for (const [i, item] of items.entries()) {
        const parsed = z.safeParse(element, item)
        if (parsed.success) items[i] = parsed.data
        else {
          const [issue] = parsed.error.issues
          context.issues.push({
            ...issue,
            path: [i, ...(issue?.path ?? [])],
          } as z.core.$ZodRawIssue)
          return z.NEVER
        }
      }
      return items
    }),
  ) as unknown as z.ZodMiniType<z.output<E>[], z.input<E>[]>
  types.set(schema, { kind: 'list', of: element })
  return schema
}

/** Members of the arguments, or of a struct in them; any other member is refused. */
export const args = z.strictObject

/**
 * A result struct. Clients pass over members that they do not know, but the type says nothing of
 * those: a handler that misspells a member does not compile.
 */
export function struct<S extends z.core.$ZodShape>(shape: S): z.ZodMiniObject<S, z.core.$strip> {
  return z.looseObject(shape)
}

/** A command without arguments. */
export const none = args({})

/** A command that answers `{}`. */
export const empty = struct({})
