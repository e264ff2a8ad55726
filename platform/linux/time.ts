// SPDX-License-Identifier: Apache-2.0
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/time.ts'

const NANOSECONDS_PER_MICROSECOND = 1000n

export const time: Handlers<typeof schema, 'linux', 'guest-set-time'> = {
  // Microseconds, as gettimeofday(2) gives them to upstream.
  'guest-get-time': () => {
    const now = Temporal.Now.instant().epochNanoseconds
    return now - (now % NANOSECONDS_PER_MICROSECOND)
  },
}
