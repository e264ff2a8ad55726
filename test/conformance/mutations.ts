// SPDX-License-Identifier: Apache-2.0
/** Inputs that are nearly requests, or nothing at all: the same ones for the same seed. No command in them exists. */

import { createRandom } from '../harness/random.ts'

/** Pieces of JSON, whole and broken, and bytes that belong nowhere. */
const ATOMS = [
  ...['{', '}', '[', ']', ':', ',', '"a"', "'b'", '"execute"', '"arguments"', '"id"', '"buf-b64"'],
  ...['"QUJD"', '"guest-xyz"', '1', '0', '-', '01', '-0', '1.5', '1e3', '0e1', '1.', '1e', 'true'],
  ...['false', 'null', 'nul', 'x', 'X', ' ', '\n', '\t', '\r', '\x0b', '\x01', '"', "'", '\\'],
  ...['"\\u0041"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\ufffe"', '"\\x"', '"\\u12', '/', '#', '%'],
  ...['"\xc3\xa9"', '\xc3', '\xff', '\xfe', '"\x7f"', '"abc', '"QQ==', '18446744073709551615'],
  ...['99999999999999999999', '"\\\'"', '\0', '"\\u0000"', '\xf8\x88\x80\x80\x80', '"\xc0\x80"'],
  ...['"\xed\xa0\x80"', '"\xef\xbf\xbf"'],
]
const COMMANDS = ['guest-xyz', 'a', '']
const IDS = [1, 'x', { a: [1, null] }]
const MEMBERS = ['id', 'execute', 'arguments', 'x', 'zz', 'a']
const VALUES = ['1', '"q"', '{}', '[]', 'null']

/** Ends whatever an input leaves open. */
export const RESUME = '\n\xff'

/** The request behind the n-th input; its reply is the end of the replies. */
export function endMarker(n: number): string {
  return `{"execute":"guest-end","id":"END${n}"}`
}

export function isEnd(line: string, n: number): boolean {
  return line.startsWith('{"id": "END') && line.includes(`"END${n}"`)
}

export function mutations(count: number, seed: number): readonly string[] {
  const below = createRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T
  const repeat = (times: number, make: () => string) => Array.from({ length: times }, make)
  const kinds = [
    () => repeat(below(12) + 1, () => pick(ATOMS)).join(''),
    () => mutate(request(), below, pick),
    () => `{${repeat(below(5), () => `"${pick(MEMBERS)}":${pick(VALUES)}`).join(',')}}`,
    () => repeat(below(30), () => String.fromCharCode(below(256))).join(''),
  ]
  function request(): string {
    const args = { 'buf-b64': 'QUJDRA==', k: [1, 2, { z: '\u00e9\n' }] }
    const text = JSON.stringify({ execute: pick(COMMANDS), arguments: args, id: pick(IDS) })
    return Buffer.from(text).toString('latin1')
  }
  return Array.from({ length: count }, () => pick(kinds)())
}

function mutate(
  text: string,
  below: (end: number) => number,
  pick: (items: readonly string[]) => string,
): string {
  let mutated = text
  for (let left = below(3); left > 0; left--) {
    const at = below(mutated.length)
    mutated = mutated.slice(0, at) + pick(ATOMS) + mutated.slice(at + below(3))
  }
  return mutated
}
