// SPDX-License-Identifier: Apache-2.0
/** What the guest is called, which Windows it runs and where in the world it thinks it is. */
import {
  computerName,
  osVersion,
  processorArchitecture,
  timeZone,
} from '../../native/kernel32-system.ts'
import { registryText } from '../../native/registry.ts'
import { Unsupported } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/system.ts'
import { osInfo, parseOsVersion } from './parse/os-version.ts'
import { parseTimeZone } from './parse/time-zone.ts'

const CURRENT_VERSION = 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion'

/** The system's answers; tests bring their own. */
const SYSTEM = { computerName, osVersion, processorArchitecture, registryText, timeZone }

export function createSystemHandlers(system = SYSTEM): Handlers<typeof schema, 'windows'> {
  return {
    'guest-get-host-name': () => ({ 'host-name': system.computerName('failed close handle') }),

    'guest-get-timezone': () => {
      const { half, bytes } = system.timeZone()
      const zone = parseTimeZone(half, bytes)
      if (zone === undefined) throw new Unsupported("Couldn't retrieve local timezone")
      return zone
    },

    'guest-get-osinfo': () =>
      osInfo(
        parseOsVersion(system.osVersion()),
        system.processorArchitecture(),
        system.registryText('failed to retrieve ProductName', CURRENT_VERSION, 'ProductName'),
      ),
  }
}
