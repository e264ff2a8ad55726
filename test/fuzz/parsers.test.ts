// SPDX-License-Identifier: Apache-2.0
/** What the system says, mutated: a parser gives plain values, and no answer makes it fail or take long. */
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyFileError } from '../../src/key-file.ts'
import { Random, SEED } from '../harness/random.ts'
import { LINUX } from './linux-parsers.ts'
import type { Parser } from './parser.ts'
import { watched } from './watched.ts'
import { WINDOWS } from './windows-parsers.ts'

const PARSERS: readonly Parser[] = [...LINUX, ...WINDOWS]

const ROUNDS = process.env['CI'] ? 20_000 : 2000
/** Much text takes milliseconds. */
const LARGE_MS = 20_000

test.each(PARSERS.map((parser) => [parser.name, parser] as const))(
  `%s: ${ROUNDS} mutations (QGA_SEED=${SEED})`,
  (_, parser) => {
    const random = new Random(SEED)
    for (let i = 0; i < ROUNDS; i++) {
      const bytes = mutated(random.pick(parser.samples), random, parser.isStruct === true)
      try {
        expect(isPlain(parser.parse(Buffer.from(bytes)))).toBe(true)
      } catch (error) {
        if (error instanceof KeyFileError) continue
        throw new Error(`${parser.name}: ${bytes.toString('base64')}`, { cause: error })
      }
    }
  },
  LARGE_MS,
)

test(
  'no parser takes longer than its input is',
  async () => {
    const command = [process.execPath, join(import.meta.dir, 'sizes.ts')]
    const { steps, problem } = await watched(command, LARGE_MS)
    expect(problem).toBeUndefined()
    expect(steps).toBeGreaterThan(PARSERS.filter(({ isStruct }) => !isStruct).length)
  },
  10 * 60_000,
)

/** A struct keeps its length: the system fills what it was given. */
function mutated(sample: Buffer, random: Random, isStruct: boolean): Buffer {
  let bytes = Buffer.from(sample)
  for (let i = random.below(6); i >= 0; i--) {
    const at = random.below(bytes.length + 1)
    if (at < bytes.length && random.once(2)) {
      bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)])
    } else if (!isStruct) {
      const piece = random.once(2)
        ? random.bytes(8)
        : bytes.subarray(random.below(bytes.length + 1), random.below(bytes.length + 1))
      bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + random.below(9))])
    } else if (at < bytes.length) random.bytes(Math.min(9, bytes.length - at)).copy(bytes, at)
  }
  return bytes
}

/** Something that a reply can be made of. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return !Number.isNaN(value)
    case 'string':
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return true
    case 'object':
      if (value === null) return false
      if (value instanceof Uint8Array) return true
      if (value instanceof Map) return [...value].flat().every(isPlain)
      return Object.values(value).every(isPlain)
    default:
      return false
  }
}

test('no parser is forgotten', () => {
  const root = join(import.meta.dir, '../..')
  for (const system of ['linux', 'windows']) {
    const table = readFileSync(join(import.meta.dir, `${system}-parsers.ts`), 'utf8')
    for (const file of readdirSync(join(root, 'platform', system, 'parse'))) {
      // Numbers, not what a system says.
      if (['device-number.ts', 'file-time.ts'].includes(file)) continue
      expect(table).toContain(`/platform/${system}/parse/${file}'`)
    }
  }
})
