// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { createAccountHandlers } from '../../../platform/linux/account.ts'
import { EncodedBytes } from '../../../src/wire/base64.ts'

test.each([0, 1])('a password is wiped when chpasswd has ended with %p', async (status) => {
  const secret = Buffer.from('secret')
  let line: Uint8Array = Buffer.alloc(0)
  const handlers = createAccountHandlers(1000, async ({ input }) => {
    line = input ?? line
    expect(Buffer.from(line).toString()).toBe('somebody:secret\n')
    return { kind: 'exited', status, output: '' }
  })
  const password = new EncodedBytes([secret])
  const set = handlers['guest-set-user-password']({
    username: 'somebody',
    password,
    crypted: false,
  })
  await Promise.allSettled([set])
  expect(secret).toEqual(Buffer.alloc(6))
  expect(Buffer.from(line)).toEqual(Buffer.alloc(16))
})
