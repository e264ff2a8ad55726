// SPDX-License-Identifier: Apache-2.0
import { setRealTime } from '../../native/clock.ts'
import { OsError } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/time.ts'
import {
  type HardwareClockSeams,
  hardwareClock,
  hardwareTime,
  setToSystemTime,
} from './hardware-clock.ts'

const NANOSECONDS_PER_MICROSECOND = 1000n
const NANOSECONDS_PER_SECOND = 1_000_000_000n
/** What hwclock(8) can set a hardware clock to. */
const FIRST_YEAR = 1970
const LAST_YEAR = 2069

const SET_CLOCK = 'Failed to set time to guest'
const SET_HARDWARE = 'failed to set hardware clock to system time'

/** The clocks of the machine; tests bring their own. */
export interface TimeSeams {
  setClock(action: string, seconds: bigint, nanoseconds: bigint): void
  readonly hardware: HardwareClockSeams
}

export function createTimeHandlers(
  { setClock, hardware }: TimeSeams = {
    setClock: setRealTime,
    hardware: hardwareClock(SET_HARDWARE),
  },
): Handlers<typeof schema, 'linux'> {
  return {
    // Microseconds, as gettimeofday(2) gives them to upstream.
    'guest-get-time': () => {
      const now = Temporal.Now.instant().epochNanoseconds
      return now - (now % NANOSECONDS_PER_MICROSECOND)
    },

    'guest-set-time': async ({ time }) => {
      if (time === undefined) {
        setClock(SET_CLOCK, BigInt(await hardwareTime(SET_HARDWARE, hardware)), 0n)
        return {}
      }
      const nanoseconds = BigInt(time)
      const seconds = nanoseconds / NANOSECONDS_PER_SECOND
      const year = yearOf(Number(seconds))
      if (year < FIRST_YEAR || year > LAST_YEAR) throw new OsError('Invalid time', 'EINVAL')
      const rest = nanoseconds % NANOSECONDS_PER_SECOND
      // To the microsecond, as settimeofday(2) takes it from upstream.
      setClock(SET_CLOCK, seconds, rest - (rest % NANOSECONDS_PER_MICROSECOND))
      await setToSystemTime(SET_HARDWARE, hardware)
      return {}
    },
  }

  /** In the guest's own zone. */
  function yearOf(seconds: number): number {
    return new Date((seconds + hardware.offsetAt(seconds)) * 1000).getUTCFullYear()
  }
}
