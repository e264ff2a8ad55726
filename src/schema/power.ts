// SPDX-License-Identifier: Apache-2.0
/** These answer only when they fail: on success the guest is on its way down or asleep. */
import { command } from './command.ts'
import { any } from './condition.ts'
import { args, empty, none, optional, str } from './qapi.ts'

/** `mode` is `powerdown` (when absent), `halt` or `reboot`. */
export const guestShutdown = command({
  name: 'guest-shutdown',
  since: '0.15.0',
  args: () => args({ mode: optional(str) }),
  returns: () => empty,
  audited: true,
  reply: 'errors-only',
  holds: ['power'],
})

/** Hibernates: the state goes to disk and the machine off. */
export const guestSuspendDisk = command({
  name: 'guest-suspend-disk',
  since: '1.1',
  if: any('CONFIG_LINUX', 'CONFIG_WIN32'),
  args: () => none,
  returns: () => empty,
  audited: true,
  reply: 'errors-only',
  holds: ['power'],
})

/** Sleeps with memory powered. The host has to support waking the guest. */
export const guestSuspendRam = command({
  name: 'guest-suspend-ram',
  since: '1.1',
  if: any('CONFIG_LINUX', 'CONFIG_WIN32'),
  args: () => none,
  returns: () => empty,
  audited: true,
  reply: 'errors-only',
  holds: ['power'],
})

/** Saves the state to disk, then sleeps with memory powered. */
export const guestSuspendHybrid = command({
  name: 'guest-suspend-hybrid',
  since: '1.1',
  if: 'CONFIG_LINUX',
  args: () => none,
  returns: () => empty,
  audited: true,
  reply: 'errors-only',
  holds: ['power'],
})
