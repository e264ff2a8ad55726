// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import type { ConfigSymbol } from '../../src/schema/condition.ts'

/**
 * The QAPI symbols that are true on this guest. Missing rights, daemons or devices make none of
 * them false: the command exists and answers an error.
 */
export function probeSymbols(): ReadonlySet<ConfigSymbol> {
  const symbols = new Set<ConfigSymbol>([
    'CONFIG_POSIX',
    'CONFIG_LINUX',
    'CONFIG_GETLOADAVG',
    'HAVE_GETIFADDRS',
    'HAVE_UTMPX',
  ])
  // What upstream asks libudev for lies in sysfs.
  if (existsSync('/sys/block')) symbols.add('CONFIG_LIBUDEV')
  // Both commands work through the table of mounts.
  if (existsSync('/proc/self/mountinfo') || existsSync('/proc/self/mounts')) {
    symbols.add('CONFIG_FSFREEZE')
    symbols.add('CONFIG_FSTRIM')
  }
  return symbols
}
