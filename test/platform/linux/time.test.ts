// SPDX-License-Identifier: Apache-2.0
/** Clocks that are made up: nothing here can set the real ones. */
import { describe, expect, test } from 'bun:test'
import type { ClockFace } from '../../../native/clock.ts'
import type { HardwareClockSeams } from '../../../platform/linux/hardware-clock.ts'
import { createTimeHandlers } from '../../../platform/linux/time.ts'
import { errnoError } from '../../../src/errno.ts'

interface Machine {
  /** Milliseconds since 1970 that the system's clock shows at first. */
  readonly nowMs?: number
  /** What the hardware clock shows at first; whole seconds begin with the machine. */
  readonly hardware?: ClockFace
  readonly isLocal?: boolean
  readonly offset?: number
  readonly delayMs?: number
  readonly isThere?: boolean
  /** How often the device is in use before it is free. */
  readonly busy?: number
  readonly refuses?: boolean
}

const START_MS = Date.UTC(2026, 10, 21, 9, 0, 0, 250)

function machine(given: Machine = {}) {
  const { offset = 0, isLocal = false, delayMs = 500, isThere = true } = given
  let [nowMs, passedMs, busy] = [given.nowMs ?? START_MS, 0, given.busy ?? 0]
  const calls: string[] = []
  const device = () => {
    if (!isThere) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    if (busy-- > 0) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' })
  }
  const hardware: HardwareClockSeams = {
    path: () => '/dev/rtc0',
    isThere: () => isThere,
    read: () => {
      device()
      const [year, month, day, hour, minute, second] = given.hardware ?? [2026, 1, 1, 0, 0, 0]
      const shown = new Date(Date.UTC(year, month - 1, day, hour, minute, second) + passedMs)
      return faceOf(shown)
    },
    set: (face) => {
      device()
      calls.push(`hardware ${face.join(' ')} at .${String(nowMs % 1000).padStart(3, '0')}`)
    },
    isLocal: () => isLocal,
    delayMs: () => delayMs,
    offsetAt: () => offset,
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
      passedMs += ms
    },
  }
  const setClock = (action: string, seconds: bigint, nanoseconds: bigint) => {
    if (given.refuses) throw errnoError(action, 1)
    calls.push(`clock ${seconds} ${nanoseconds}`)
    nowMs = Number(seconds) * 1000 + Number(nanoseconds / 1_000_000n)
  }
  return { calls, set: createTimeHandlers({ setClock, hardware })['guest-set-time'] }
}

function faceOf(date: Date): ClockFace {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1]
  return [
    year,
    month,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ]
}

async function failure(work: unknown): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return (error as Error).message
  }
}

const TIME = BigInt(START_MS) * 1_000_000n + 123_456n

describe('guest-set-time with a time', () => {
  test('sets the clock to the microsecond, then the hardware clock when its second begins', async () => {
    const { calls, set } = machine()
    expect(await set({ time: TIME })).toEqual({})
    expect(calls).toEqual([
      `clock ${START_MS / 1000 - 0.25} 250123000`,
      'hardware 2026 11 21 9 0 0 at .500',
    ])
  })

  test('sets a clock that starts at once on the second', async () => {
    const { calls, set } = machine({ delayMs: 0 })
    await set({ time: TIME })
    expect(calls[1]).toBe('hardware 2026 11 21 9 0 1 at .000')
  })

  test('keeps the hardware clock in the zone that it is kept in', async () => {
    const { calls, set } = machine({ isLocal: true, offset: 2 * 3600 })
    await set({ time: TIME })
    expect(calls[1]).toStartWith('hardware 2026 11 21 11 0 0')
  })

  test.each([
    [0n, 0],
    [3155759999999999999n, 0],
    [3155760000000000000n, -3600],
    [-1n, 0],
    [-3600_000_000_000n, 3600],
  ])('takes %p where the zone is %p s east', async (time, offset) => {
    expect(await failure(machine({ offset }).set({ time }))).toBe('none')
  })

  test.each([
    [3155760000000000000n, 0],
    [3155759999999999999n, 3600],
    [-1_000_000_000n, 0],
    [0n, -1],
    [2n ** 63n - 1n, 0],
    [-(2n ** 63n), 0],
  ])('refuses %p where the zone is %p s east', async (time, offset) => {
    const { calls, set } = machine({ offset })
    expect(await failure(set({ time }))).toBe('Invalid time')
    expect(calls).toEqual([])
  })

  test('leaves the hardware clock alone when the clock may not be set', async () => {
    const { calls, set } = machine({ refuses: true })
    expect(await failure(set({ time: TIME }))).toBe(
      'Failed to set time to guest: Operation not permitted',
    )
    expect(calls).toEqual([])
  })

  test('tells that there is no hardware clock; the clock is set by then', async () => {
    const { calls, set } = machine({ isThere: false })
    expect(await failure(set({ time: TIME }))).toBe(
      'failed to set hardware clock to system time: /dev/rtc0: No such file or directory',
    )
    expect(calls).toHaveLength(1)
  })

  test('waits for a device that somebody else has open, and not for ever', async () => {
    const { calls, set } = machine({ busy: 3 })
    await set({ time: TIME })
    expect(calls).toHaveLength(2)
    expect(await failure(machine({ busy: 1000 }).set({ time: TIME }))).toBe(
      'failed to set hardware clock to system time: /dev/rtc0: Device or resource busy',
    )
  })
})

describe('guest-set-time without a time', () => {
  const hardware: ClockFace = [2030, 6, 15, 12, 0, 7]

  test('takes that of the hardware clock, when its second begins', async () => {
    const { calls, set } = machine({ hardware })
    expect(await set({})).toEqual({})
    expect(calls).toEqual([`clock ${Date.UTC(2030, 5, 15, 12, 0, 8) / 1000} 0`])
  })

  test('takes local time for what it is', async () => {
    const { calls, set } = machine({ hardware, isLocal: true, offset: -5 * 3600 })
    await set({})
    expect(calls).toEqual([`clock ${Date.UTC(2030, 5, 15, 17, 0, 8) / 1000} 0`])
  })

  test('tells that there is none', async () => {
    const { calls, set } = machine({ isThere: false })
    expect(await failure(set({}))).toBe(
      'failed to set hardware clock to system time: /dev/rtc0: No such file or directory',
    )
    expect(calls).toEqual([])
  })

  test('tells that the clock may not be set', async () => {
    expect(await failure(machine({ refuses: true }).set({}))).toBe(
      'Failed to set time to guest: Operation not permitted',
    )
  })
})
