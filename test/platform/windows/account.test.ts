// SPDX-License-Identifier: Apache-2.0
/** Sessions and accounts that are made up. */
import { expect, test } from 'bun:test'
import { createAccountHandlers, WTS_INFO } from '../../../platform/windows/account.ts'
import { EncodedBytes } from '../../../src/wire/base64.ts'
import { struct } from './struct.ts'

const SECOND = 10_000_000n
const EPOCH = 116_444_736_000_000_000n

interface Session {
  readonly user: string
  readonly domain: string
  readonly since: number
}

function handlers(sessions: readonly Session[], setPassword = async () => {}) {
  return createAccountHandlers({
    sessions: async () => sessions.map((_, i) => i),
    sessionUser: async (i) => sessions[i] as Session,
    sessionInfo: async (i) =>
      struct(WTS_INFO.bytes, {
        [WTS_INFO.logonTime]: EPOCH + SECOND * BigInt(sessions[i]?.since ?? 0),
      }),
    setPassword,
  })
}

test('users of different domains are different, whatever the length of their names', async () => {
  const long = 'n'.repeat(64)
  const users = await handlers([
    { user: long, domain: 'HERE', since: 20 },
    { user: long, domain: 'a-domain-with-a-long-name', since: 5 },
    { user: long.toUpperCase(), domain: 'here', since: 10 },
    { user: '', domain: '', since: 1 },
  ])['guest-get-users']({})
  expect(users).toEqual([
    { user: long, domain: 'HERE', 'login-time': 10 },
    { user: long, domain: 'a-domain-with-a-long-name', 'login-time': 5 },
  ])
})

test('a password is wiped, whether it was set or not', async () => {
  for (const setPassword of [async () => {}, () => Promise.reject(new Error('refused'))]) {
    const secret = Buffer.from('secret')
    const password = new EncodedBytes([secret])
    const args = { username: 'u', password, crypted: false }
    const set = handlers([], setPassword)['guest-set-user-password'](args)
    await Promise.allSettled([set])
    expect(secret).toEqual(Buffer.alloc(6))
  }
})
