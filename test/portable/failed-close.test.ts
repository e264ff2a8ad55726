// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { OsError } from '../../src/errors.ts'
import { createFileHandlers } from '../../src/portable/file.ts'

const FULL = 'failed to close handle: No space left on device'
/** A file on a server that has no room for what it has taken. */
const FILE = {
  read: () => 0,
  write: async () => 0,
  seek: async () => 0,
  close: () => Promise.reject(new OsError(FULL, 'ENOSPC')),
}

test('a handle whose close fails is gone, and makes room', async () => {
  const file = createFileHandlers(
    {
      open: async () => FILE,
      whenIdle: () => {},
      nextHandle: async () => 7n,
      account: () => {},
    },
    1,
  )
  const open = () => file['guest-file-open']({ path: '/f' })
  const close = async () => await file['guest-file-close']({ handle: 7 })
  expect(await open()).toBe(7n)
  expect(close()).rejects.toThrow(FULL)
  expect(close()).rejects.toThrow("handle '7' has not been found")
  expect(await open()).toBe(7n)
})
