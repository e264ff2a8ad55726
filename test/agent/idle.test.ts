// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { Idle } from '../../src/agent/idle.ts'

const MIB = 1024 * 1024

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

function released(): { idle: Idle; count: () => number } {
  const idle = new Idle()
  let count = 0
  idle.whenIdle(() => count++)
  return { idle, count: () => count }
}

describe('Idle', () => {
  test('gives memory back once, when much work has ended', () => {
    const { idle, count } = released()
    idle.worked(50 * MIB)
    jest.advanceTimersByTime(250)
    idle.worked(50 * MIB)
    jest.advanceTimersByTime(300)
    expect(count()).toBe(0)
    jest.advanceTimersByTime(10_000)
    expect(count()).toBe(1)
  })

  test('does nothing for a little work now and then, until it adds up', () => {
    const { idle, count } = released()
    for (let i = 0; i < 39; i++) {
      idle.worked(MIB / 10)
      jest.advanceTimersByTime(10_000)
    }
    expect(count()).toBe(0)
    idle.worked(MIB)
    jest.advanceTimersByTime(10_000)
    expect(count()).toBe(1)
  })

  test('leaves no timer behind', () => {
    const { idle } = released()
    idle.worked(1)
    jest.advanceTimersByTime(10_000)
    expect(jest.getTimerCount()).toBe(0)
  })
})
