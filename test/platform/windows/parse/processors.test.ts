// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { countProcessors, PROCESSOR_CORE } from '../../../../platform/windows/parse/processors.ts'
import { struct } from '../struct.ts'

/** A record of a core with a mask for each group that it is in. */
function core(...masks: readonly bigint[]): Buffer {
  const { size, groupCount, masks: first, maskBytes } = PROCESSOR_CORE
  const bytes = first + maskBytes * masks.length
  return struct(bytes, {
    [size]: bytes,
    [groupCount]: { u16: masks.length },
    ...Object.fromEntries(masks.map((mask, i) => [first + maskBytes * i, mask])),
  })
}

test('processors of all groups are counted', () => {
  const cores = Array.from({ length: 200 }, () => core(0b11n))
  expect(countProcessors(Buffer.concat(cores))).toBe(400)
  expect(countProcessors(core(2n ** 64n - 1n, 2n ** 64n - 1n, 1n))).toBe(129)
})

test('what is cut short ends the count', () => {
  const one = core(1n)
  expect(countProcessors(Buffer.alloc(0))).toBe(0)
  expect(countProcessors(Buffer.concat([one, one.subarray(0, 20)]))).toBe(1)
  expect(countProcessors(Buffer.concat([one, Buffer.alloc(64)]))).toBe(1)
})
