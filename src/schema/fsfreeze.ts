// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { any } from './condition.ts'
import { args, enumeration, int, list, none, optional, str, struct } from './qapi.ts'

const canFreeze = any('CONFIG_WIN32', 'CONFIG_FSFREEZE')

/** What the agent itself did last; it does not see what others froze or thawed. */
export const guestFsfreezeStatus = command({
  name: 'guest-fsfreeze-status',
  since: '0.15.0',
  if: canFreeze,
  args: () => none,
  returns: () => enumeration('GuestFsfreezeStatus', ['thawed', 'frozen']),
  whileFrozen: true,
  awaits: ['freeze'],
})

/**
 * Freezes all local file systems and answers how many. After an error none is left frozen. Until
 * the thaw only the commands marked `whileFrozen` are available.
 */
export const guestFsfreezeFreeze = command({
  name: 'guest-fsfreeze-freeze',
  since: '0.15.0',
  if: canFreeze,
  args: () => none,
  returns: () => int,
  audited: true,
  holds: ['mounts', 'freeze'],
})

/** As freeze, for the given mount points only; all when absent. Unknown ones are passed over. */
export const guestFsfreezeFreezeList = command({
  name: 'guest-fsfreeze-freeze-list',
  since: '2.2',
  if: canFreeze,
  args: () => args({ mountpoints: optional(list(str)) }),
  returns: () => int,
  audited: true,
  holds: ['mounts', 'freeze'],
})

/** Thaws all local file systems and answers how many this call thawed. */
export const guestFsfreezeThaw = command({
  name: 'guest-fsfreeze-thaw',
  since: '0.15.0',
  if: canFreeze,
  args: () => none,
  returns: () => int,
  audited: true,
  whileFrozen: true,
  // No trim that hangs may keep it from what it is there for.
  holds: ['freeze'],
})

/** Either `error`, or `trimmed` and `minimum` in bytes. */
const trimResult = () =>
  struct({
    path: str,
    trimmed: optional(int),
    minimum: optional(int),
    error: optional(str),
  })

/**
 * Discards the free blocks of all mounted file systems; extents below `minimum` bytes (0 when
 * absent) may be left. One file system that fails does not fail the command.
 */
export const guestFstrim = command({
  name: 'guest-fstrim',
  since: '1.2',
  if: any('CONFIG_WIN32', 'CONFIG_FSTRIM'),
  args: () => args({ minimum: optional(int) }),
  returns: () => struct({ paths: list(trimResult()) }),
  audited: true,
  holds: ['mounts'],
})
