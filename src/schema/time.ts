// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { args, empty, int, none, optional } from './qapi.ts'

/** The real-time clock: nanoseconds since 1970-01-01 UTC. */
export const guestGetTime = command({
  name: 'guest-get-time',
  since: '1.5',
  args: () => none,
  returns: () => int,
})

/**
 * Sets the system clock to `time` (nanoseconds since 1970-01-01 UTC) and writes it to the hardware
 * clock; without `time` sets the system clock from the hardware clock. After an error the system
 * clock may have changed all the same.
 */
export const guestSetTime = command({
  name: 'guest-set-time',
  since: '1.5',
  args: () => args({ time: optional(int) }),
  returns: () => empty,
  audited: true,
  holds: ['clock'],
})
