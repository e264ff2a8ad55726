// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { int, none, optional, str, struct } from './qapi.ts'

/** The host name as the kernel has it; DNS is not asked. */
export const guestGetHostName = command({
  name: 'guest-get-host-name',
  since: '2.10',
  args: () => none,
  returns: () => struct({ 'host-name': str }),
})

/** `offset` in seconds east of UTC, daylight saving time included. */
export const guestGetTimezone = command({
  name: 'guest-get-timezone',
  since: '2.10',
  args: () => none,
  returns: () => struct({ zone: optional(str), offset: int }),
})

/** On Linux the kernel's members come from uname, the others from os-release. */
export const guestGetOsinfo = command({
  name: 'guest-get-osinfo',
  since: '2.10',
  args: () => none,
  returns: () =>
    struct({
      'kernel-release': optional(str),
      'kernel-version': optional(str),
      machine: optional(str),
      id: optional(str),
      name: optional(str),
      'pretty-name': optional(str),
      version: optional(str),
      'version-id': optional(str),
      variant: optional(str),
      'variant-id': optional(str),
    }),
})
