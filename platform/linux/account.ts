// SPDX-License-Identifier: Apache-2.0
/** Passwords and logins. */
import { InvalidArguments } from '../../src/errors.ts'
import type * as schema from '../../src/schema/account.ts'
import type { Handlers } from '../../src/schema/command.ts'
import { mustRun, type RunProgram, runProgram } from './run-program.ts'
import { loggedInUsers, USER_PLACES, type UserPlaces } from './users.ts'

const NEWLINE = 0x0a

/** Would end the name in chpasswd(8)'s line, or the line, or the name as C reads it. */
const FORBIDDEN_IN_NAME = /[:\n\0]/

/** @param limitMs how long chpasswd(8) may take: PAM modules may ask a server */
export function createAccountHandlers(
  limitMs: number,
  run: RunProgram = runProgram,
  places: UserPlaces = USER_PLACES,
): Handlers<typeof schema, 'linux'> {
  return {
    'guest-set-user-password': async ({ username, password, crypted }) => {
      const parts = password.decode()
      const secret = Buffer.concat(parts)
      const line = Buffer.alloc(Buffer.byteLength(username) + secret.length + 2)
      try {
        if (secret.includes(NEWLINE) || secret.includes(0)) {
          throw new InvalidArguments('forbidden characters in raw password')
        }
        if (FORBIDDEN_IN_NAME.test(username)) {
          throw new InvalidArguments('forbidden characters in username')
        }
        secret.copy(line, line.write(`${username}:`))
        line.writeUInt8(NEWLINE, line.length - 1)
        await mustRun(run, 'set user password', {
          name: 'chpasswd',
          args: crypted ? ['-e'] : [],
          input: line,
          limitMs,
        })
      } finally {
        for (const bytes of [...parts, secret, line]) bytes.fill(0)
      }
      return {}
    },

    'guest-get-users': () => loggedInUsers(places),
  }
}
