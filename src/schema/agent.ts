// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { args, bool, empty, int, list, none, str, struct } from './qapi.ts'

/** Echoes an id behind a 0xFF byte, so that a client can find the reply in a dirty stream. */
export const guestSyncDelimited = command({
  name: 'guest-sync-delimited',
  since: '1.1',
  args: () => args({ id: int }),
  returns: () => int,
  whileFrozen: true,
  reply: 'delimited',
  polled: true,
})

/** Echoes an id. */
export const guestSync = command({
  name: 'guest-sync',
  since: '0.15.0',
  args: () => args({ id: int }),
  returns: () => int,
  whileFrozen: true,
  polled: true,
})

export const guestPing = command({
  name: 'guest-ping',
  since: '0.15.0',
  args: () => none,
  returns: () => empty,
  whileFrozen: true,
  polled: true,
})

const agentCommandInfo = () => struct({ name: str, enabled: bool, 'success-response': bool })

/** The protocol level and the commands, disabled ones included. */
export const guestInfo = command({
  name: 'guest-info',
  since: '0.15.0',
  args: () => none,
  returns: () => struct({ version: str, supported_commands: list(agentCommandInfo()) }),
  whileFrozen: true,
  polled: true,
})
