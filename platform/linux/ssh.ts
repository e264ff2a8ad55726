// SPDX-License-Identifier: Apache-2.0
import { InvalidArguments } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/ssh.ts'
import { asUser } from './as-user.ts'
import type { KeysTask } from './authorized-keys.ts'

/** @param limitMs how long the work on one file of keys may take */
export function createSshHandlers(limitMs: number): Handlers<typeof schema, 'linux'> {
  const work = (user: string, task: KeysTask) => asUser(user, task, limitMs)
  return {
    'guest-ssh-get-authorized-keys': async ({ username }) => ({
      keys: [...(await work(username, { task: 'get' }))],
    }),

    'guest-ssh-add-authorized-keys': async ({ username, keys, reset = false }) => {
      checkKeys(keys)
      await work(username, { task: 'add', keys, reset })
      return {}
    },

    'guest-ssh-remove-authorized-keys': async ({ username, keys }) => {
      checkKeys(keys)
      await work(username, { task: 'remove', keys })
      return {}
    },
  }
}

/** A key is one line of the file, and no comment. */
function checkKeys(keys: readonly string[]): void {
  for (const key of keys) {
    if (key.startsWith('#') || /[\n\0]/.test(key)) {
      throw new InvalidArguments(`invalid OpenSSH public key: '${key}'`)
    }
  }
}
