// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { Capture } from '../../src/portable/capture.ts'

const STREAM_MAX = 16 * 1024 * 1024

function captured(capture: Capture) {
  const taken = capture.take()
  return taken && { length: taken.bytes.length, isTruncated: taken.isTruncated }
}

describe('Capture', () => {
  test('keeps what comes in order', () => {
    const capture = new Capture({ left: 1000 }, STREAM_MAX)
    for (const text of ['one ', 'two ', 'three']) capture.append(Buffer.from(text))
    expect(Buffer.from(capture.take()?.bytes ?? []).toString()).toBe('one two three')
  })

  test('has nothing to hand over when nothing came', () => {
    expect(new Capture({ left: 1000 }, STREAM_MAX).take()).toBeUndefined()
  })

  test('keeps 16 MiB exactly, and says when there was more', () => {
    const capture = new Capture({ left: Number.POSITIVE_INFINITY }, STREAM_MAX)
    for (let i = 0; i < 16; i++) capture.append(new Uint8Array(1024 * 1024))
    expect(captured(capture)).toEqual({ length: STREAM_MAX, isTruncated: false })
    capture.append(new Uint8Array(1))
    expect(captured(capture)).toEqual({ length: STREAM_MAX, isTruncated: true })
  })

  test('shares a budget with the others, and gives its part back when fetched', () => {
    const budget = { left: 10 }
    const first = new Capture(budget, STREAM_MAX)
    const second = new Capture(budget, STREAM_MAX)
    first.append(new Uint8Array(8))
    second.append(new Uint8Array(8))
    expect(captured(second)).toEqual({ length: 2, isTruncated: true })
    expect(captured(first)).toEqual({ length: 8, isTruncated: false })
    expect(budget.left).toBe(10)
  })
})
