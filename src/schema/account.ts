// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { any } from './condition.ts'
import { args, bool, empty, encoded, list, none, number, optional, str, struct } from './qapi.ts'

/** `password` is base64, also when it is `crypted`: hashed as the system stores it. */
export const guestSetUserPassword = command({
  name: 'guest-set-user-password',
  since: '2.3',
  if: any('CONFIG_WIN32', 'CONFIG_LINUX', 'CONFIG_FREEBSD'),
  args: () => args({ username: str, password: encoded, crypted: bool }),
  returns: () => empty,
  audited: true,
  encoded: ['password'],
  secret: ['password'],
  ruled: { argument: 'username', as: 'user' },
  holds: ['accounts'],
})

/** `login-time` in seconds since 1970-01-01 UTC; `domain` on Windows. */
const user = () => struct({ user: str, 'login-time': number, domain: optional(str) })

/** Users who are logged in now, each once, with their earliest login. */
export const guestGetUsers = command({
  name: 'guest-get-users',
  since: '2.10',
  if: any('CONFIG_WIN32', 'HAVE_UTMPX'),
  args: () => none,
  returns: () => list(user()),
})
