// SPDX-License-Identifier: Apache-2.0
/** Numbers of ours against those that mingw-w64's headers give. */
import { expect } from 'bun:test'
import { tempDir } from './temp-dir.ts'

/** What C calls it → what we do. */
export type Fact = readonly [c: readonly string[], ours: readonly (number | bigint)[]]

export const size = (type: string) => `sizeof(${type})`
export const at = (type: string, ...members: string[]) =>
  members.map((member) => `offsetof(${type}, ${member})`)

/**
 * Has the compiler refuse what is another number.
 * @param more lines of C
 * @returns the object file
 */
export async function compileFacts(
  headers: string,
  facts: readonly Fact[],
  more: readonly string[] = [],
): Promise<Buffer> {
  for (const [c, ours] of facts) expect(c).toHaveLength(ours.length)
  const numbers = facts.flatMap(([c, ours]) =>
    c.map(
      (expression, i) => `_Static_assert((long)(${expression}) == ${ours[i]}, "${expression}");`,
    ),
  )
  using dir = tempDir()
  const [source, object] = [`${dir.path}/layout.c`, `${dir.path}/layout.o`]
  await Bun.write(source, [headers, ...numbers, ...more].join('\n'))
  const built = Bun.spawnSync(['x86_64-w64-mingw32-gcc', '-c', '-o', object, source])
  expect(built.stderr.toString()).toBe('')
  return Buffer.from(await Bun.file(object).bytes())
}
