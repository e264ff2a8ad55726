// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import * as z from 'zod/mini'
import {
  alternate,
  args,
  bytes,
  encoded,
  enumeration,
  int,
  literal,
  number,
  oneOf,
  optional,
  struct,
  uint16,
  uint64,
  union,
} from '../../src/schema/qapi.ts'

const accepts = (schema: z.core.$ZodType, value: unknown) => z.safeParse(schema, value).success

describe('int', () => {
  test('spans signed 64 bits and nothing more', () => {
    for (const value of [0, -0, -1, 2 ** 53, -(2n ** 63n), 2n ** 63n - 1n]) {
      expect(accepts(int, value)).toBe(true)
    }
    for (const value of [-(2n ** 63n) - 1n, 2n ** 63n, 0.5, Number.NaN, '1', null, true]) {
      expect(accepts(int, value)).toBe(false)
    }
  })

  test('keeps its width', () => {
    expect(z.parse(int, 2n ** 62n + 1n)).toBe(2n ** 62n + 1n)
  })
})

describe('uint64', () => {
  test('wraps a negative integer', () => {
    expect(z.parse(uint64, -1)).toBe(2n ** 64n - 1n)
    expect(z.parse(uint64, -(2n ** 63n))).toBe(2n ** 63n)
  })

  test('leaves others as they are', () => {
    expect(z.parse(uint64, 7)).toBe(7)
    expect(z.parse(uint64, 2n ** 64n - 1n)).toBe(2n ** 64n - 1n)
  })

  test('spans what 64 bits hold', () => {
    for (const value of [2n ** 64n, -(2n ** 63n) - 1n, 0.5, '1', null]) {
      expect(accepts(uint64, value)).toBe(false)
    }
  })
})

test('uint16 spans 16 bits', () => {
  for (const value of [0, 65535]) expect(accepts(uint16, value)).toBe(true)
  for (const value of [-1, 65536, 0.5, '1']) expect(accepts(uint16, value)).toBe(false)
})

test('number takes fractions', () => {
  expect(accepts(number, 0.5)).toBe(true)
  expect(accepts(number, '0.5')).toBe(false)
})

test('encoded takes what the reader hands over, not text', () => {
  expect(accepts(encoded, { decode: () => [] })).toBe(true)
  for (const value of ['QQ==', null, {}, { decode: 1 }]) expect(accepts(encoded, value)).toBe(false)
})

test('bytes takes bytes, not text', () => {
  expect(accepts(bytes, new Uint8Array(1))).toBe(true)
  expect(accepts(bytes, 'QQ==')).toBe(false)
})

test('optional() takes absence, not null or undefined', () => {
  const schema = args({ a: optional(int) })
  expect(accepts(schema, {})).toBe(true)
  expect(accepts(schema, { a: undefined })).toBe(false)
  expect(accepts(schema, { a: null })).toBe(false)
})

test('enumeration() is case-sensitive', () => {
  const schema = enumeration('Seek', ['set', 'cur'])
  expect(accepts(schema, 'set')).toBe(true)
  expect(accepts(schema, 'SET')).toBe(false)
})

test('alternate() takes any branch', () => {
  const schema = alternate('Whence', [int, enumeration('Seek', ['set'])])
  for (const value of [0, 'set']) expect(accepts(schema, value)).toBe(true)
  for (const value of ['end', true, null]) expect(accepts(schema, value)).toBe(false)
})

describe('union()', () => {
  const busType = enumeration('BusType', ['ide', 'scsi', 'nvme'])
  const { nvme, ...others } = busType.def.entries
  const smart = union('Smart', 'type', busType, [
    struct({ type: literal(nvme), temperature: int }),
    struct({ type: oneOf(others) }),
  ])

  test('asks for the members of the branch that the tag names', () => {
    expect(accepts(smart, { type: 'nvme', temperature: 300 })).toBe(true)
    expect(accepts(smart, { type: 'nvme' })).toBe(false)
    expect(accepts(smart, { type: 'ide' })).toBe(true)
    expect(accepts(smart, { type: 'floppy' })).toBe(false)
  })

  test('has types that ask for the same', () => {
    const good: z.input<typeof smart>[] = [{ type: 'nvme', temperature: 300 }, { type: 'scsi' }]
    // @ts-expect-error the branch of the tag has a member
    const without: z.input<typeof smart> = { type: 'nvme' }
    // @ts-expect-error a member of another branch
    const foreign: z.input<typeof smart> = { type: 'ide', temperature: 300 }
    expect([good.length, without.type, foreign.type]).toEqual([2, 'nvme', 'ide'])
  })
})

test('struct() passes unknown members on, and its type refuses to write them', () => {
  const schema = struct({ a: optional(int) })
  // @ts-expect-error a handler misspelt the member
  const misspelt: z.input<typeof schema> = { A: 1 }
  expect<object>(z.parse(schema, misspelt)).toEqual({ A: 1 })
})
