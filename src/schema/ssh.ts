// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { args, bool, empty, list, optional, str, struct } from './qapi.ts'

/** The keys of a user's authorized_keys, without comments and blank lines. */
export const guestSshGetAuthorizedKeys = command({
  name: 'guest-ssh-get-authorized-keys',
  since: '5.2',
  args: () => args({ username: str }),
  returns: () => struct({ keys: list(str) }),
  secret: ['keys'],
})

/** Adds the keys that are not there yet; with `reset` the file holds only the given ones. */
export const guestSshAddAuthorizedKeys = command({
  name: 'guest-ssh-add-authorized-keys',
  since: '5.2',
  args: () => args({ username: str, keys: list(str), reset: optional(bool) }),
  returns: () => empty,
  audited: true,
  secret: ['keys'],
  ruled: { argument: 'username', as: 'user' },
  holds: ['accounts'],
})

/** Removes the keys that are there; that a key is missing is no error. */
export const guestSshRemoveAuthorizedKeys = command({
  name: 'guest-ssh-remove-authorized-keys',
  since: '5.2',
  args: () => args({ username: str, keys: list(str) }),
  returns: () => empty,
  audited: true,
  secret: ['keys'],
  ruled: { argument: 'username', as: 'user' },
  holds: ['accounts'],
})
