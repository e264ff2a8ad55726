// SPDX-License-Identifier: Apache-2.0
/** What the guest is called, which system it runs and where in the world it thinks it is. */
import * as fs from 'node:fs'
import * as os from 'node:os'
import { localZone } from '../../native/libc.ts'
import { errorCode, strerror } from '../../src/errno.ts'
import { Unsupported } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/system.ts'
import { parseOsRelease } from './parse/os-release.ts'

const OS_RELEASE = ['/etc/os-release', '/usr/lib/os-release'] as const

/** os-release variable → member of the answer. */
const MEMBERS = {
  ID: 'id',
  NAME: 'name',
  PRETTY_NAME: 'pretty-name',
  VERSION: 'version',
  VERSION_ID: 'version-id',
  VARIANT: 'variant',
  VARIANT_ID: 'variant-id',
} as const

export function createSystemHandlers(
  account: (message: string) => void,
): Handlers<typeof schema, 'linux'> {
  /** The file that QGA_OS_RELEASE names, else the first of the usual two that can be read. */
  function readOsRelease(): string {
    const named = process.env['QGA_OS_RELEASE']
    for (const path of named === undefined ? OS_RELEASE : [named]) {
      try {
        return fs.readFileSync(path, 'utf8')
      } catch (error) {
        account(`failed to read '${path}', error: ${strerror(errorCode(error) ?? 'EIO')}`)
      }
    }
    return ''
  }

  return {
    'guest-get-host-name': () => ({ 'host-name': os.hostname() }),

    'guest-get-timezone': () => {
      const local = localZone(Math.floor(Date.now() / 1000))
      if (local === undefined) throw new Unsupported("Couldn't retrieve local timezone")
      // A zone that nobody knows is UTC without a name.
      return { ...local, zone: local.zone === '' ? 'UTC' : local.zone }
    },

    'guest-get-osinfo': () => {
      const release = parseOsRelease(readOsRelease())
      const members: { [M in (typeof MEMBERS)[keyof typeof MEMBERS]]?: string } = {}
      for (const [variable, member] of Object.entries(MEMBERS)) {
        const value = release.get(variable)
        if (value !== undefined) members[member] = value
      }
      return {
        'kernel-release': os.release(),
        'kernel-version': os.version(),
        // uname's name for it; Bun gives Node's.
        machine: os.machine() === 'arm64' ? 'aarch64' : os.machine(),
        ...members,
      }
    },
  }
}
