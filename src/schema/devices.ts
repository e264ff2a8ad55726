// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import {
  enumeration,
  int,
  list,
  literal,
  none,
  optional,
  str,
  struct,
  uint16,
  union,
} from './qapi.ts'

const deviceId = () =>
  union('GuestDeviceId', 'type', enumeration('GuestDeviceType', ['pci']), [
    struct({ type: literal('pci'), 'vendor-id': uint16, 'device-id': uint16 }),
  ])

/** `driver-date` in nanoseconds since 1970-01-01 UTC. */
const deviceInfo = () =>
  struct({
    'driver-name': str,
    'driver-date': optional(int),
    'driver-version': optional(str),
    id: optional(deviceId()),
  })

/** The devices that have a driver. */
export const guestGetDevices = command({
  name: 'guest-get-devices',
  since: '5.2',
  if: 'CONFIG_WIN32',
  args: () => none,
  returns: () => list(deviceInfo()),
})
