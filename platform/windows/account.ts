// SPDX-License-Identifier: Apache-2.0
import { setPassword } from '../../native/netapi32.ts'
import { sessionInfo, sessions, sessionUser } from '../../native/wtsapi32.ts'
import { InvalidArguments } from '../../src/errors.ts'
import type * as schema from '../../src/schema/account.ts'
import type { Handlers } from '../../src/schema/command.ts'
import { seconds } from './parse/file-time.ts'

/** WTSINFOW: when the user logged in, as a FILETIME. */
export const WTS_INFO = { bytes: 216, logonTime: 200 } as const

/** Sessions and accounts; tests bring their own. */
const ACCOUNTS = { sessions, sessionInfo, sessionUser, setPassword }

interface User {
  readonly user: string
  readonly domain: string
  'login-time': number
}

export function createAccountHandlers(accounts = ACCOUNTS): Handlers<typeof schema, 'windows'> {
  return {
    'guest-get-users': async () => {
      const users = new Map<string, User>()
      for (const session of await accounts.sessions()) {
        const { user, domain } = await accounts.sessionUser(session)
        const information = user === '' ? undefined : await accounts.sessionInfo(session)
        if (information === undefined) continue
        const loginTime = loginTimeOf(information)
        const key = `${domain}\\${user}`.toLowerCase()
        const known = users.get(key)
        if (known === undefined) users.set(key, { user, domain, 'login-time': loginTime })
        else known['login-time'] = Math.min(known['login-time'], loginTime)
      }
      return [...users.values()]
    },

    'guest-set-user-password': async ({ username, password: encoded, crypted }) => {
      if (crypted) throw new InvalidArguments("'crypted' must be off on this host")
      const parts = encoded.decode()
      const bytes = Buffer.concat(parts)
      try {
        const password = decodeUtf8(bytes)
        if (password === undefined)
          throw new InvalidArguments("can't convert 'password' to UTF-16: invalid UTF-8")
        if (/\0/.test(password) || /\0/.test(username))
          throw new InvalidArguments('failed to set password: it has a NUL in it')
        await accounts.setPassword('failed to set password', username, password)
        return {}
      } finally {
        for (const secret of [...parts, bytes]) secret.fill(0)
        encoded.release()
      }
    },
  }
}

/** 0 where the system does not know. */
function loginTimeOf(information: Buffer): number {
  const time = information.readBigInt64LE(WTS_INFO.logonTime)
  return time === 0n ? 0 : seconds(time)
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
