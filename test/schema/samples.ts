// SPDX-License-Identifier: Apache-2.0
/** Values made from facts about types: what a client written for them may send. */
import type { Plain, PlainMember } from './facts.ts'

/** Something of every form that the type has. */
function samples(type: Plain): readonly unknown[] {
  if (typeof type === 'string') return scalarSamples(type)
  if ('list' in type) return [[], samples(type.list)]
  if ('struct' in type) return memberSamples(type.struct)
  if ('enum' in type) {
    return type.values.map((value) => (typeof value === 'string' ? value : value[0]))
  }
  if ('alternate' in type) return type.branches.flatMap(samples)
  throw new Error(`No argument has a union such as "${type.union}"`)
}

/** Only what is required; then everything, each member in all its forms. */
export function memberSamples(
  members: readonly PlainMember[],
): readonly Readonly<Record<string, unknown>>[] {
  const first = (some: readonly PlainMember[]) =>
    Object.fromEntries(some.map(({ name, type }) => [name, samples(type)[0]]))
  const minimal = first(members.filter(({ optional }) => !optional))
  const full = first(members)
  const varied = members.flatMap(({ name, type }) =>
    samples(type).map((value) => ({ ...full, [name]: value })),
  )
  return [minimal, full, ...varied]
}

function scalarSamples(name: string): readonly unknown[] {
  switch (name) {
    case 'int':
      return [0, -1, 2 ** 53, 2n ** 63n - 1n, -(2n ** 63n)]
    case 'uint64':
      return [0, -1, 2n ** 64n - 1n]
    case 'uint16':
      return [0, 65535]
    case 'number':
      return [0, -0.5]
    case 'str':
      return ['', 'text']
    case 'encoded':
      return [{ decode: () => [] }]
    case 'bool':
      return [true, false]
    default:
      throw new Error(`No sample of "${name}"`)
  }
}
