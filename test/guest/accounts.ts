// SPDX-License-Identifier: Apache-2.0
/** Passwords and keys, with which somebody then logs in. */
import { expect } from 'bun:test'
import { check } from './checks.ts'
import type { GuestAgent, Vm } from './vm.ts'

export async function accountChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await using agent = await vm.agent()
  await agent.sync()
  await reference.sh(
    'mkdir -p /etc/dropbear && dropbear -R -E -p 127.0.0.1:22 >/run/dropbear.log 2>&1',
  )
  /** What bob is told who he is, or why not. */
  const login = (how: string) =>
    reference.sh(`${how} bob@127.0.0.1 'echo "here is $(id -un)"' 2>&1 </dev/null`)

  await check('a password that is set opens the door, and no other does', async () => {
    const byPassword = (password: string) => login(`DROPBEAR_PASSWORD=${password} dbclient -y`)
    expect(await byPassword('s3cret')).not.toContain('here is bob')
    const set = (password: string) =>
      agent.call('guest-set-user-password', {
        username: 'bob',
        password: btoa(password),
        crypted: false,
      })
    await set('s3cret')
    expect(await byPassword('s3cret')).toContain('here is bob')
    await set('changed')
    expect(await byPassword('s3cret')).not.toContain('here is bob')
    expect(await byPassword('changed')).toContain('here is bob')
  })

  await check('an ssh key that is added opens the door until it is removed', async () => {
    const made = await reference.sh('dropbearkey -t ed25519 -f /run/key')
    const key = /^ssh-ed25519 \S+ \S+/m.exec(made)?.[0]
    if (key === undefined) throw new Error(`Cannot find a key: ${made}`)
    const byKey = () => login('dbclient -y -i /run/key')
    expect(await byKey()).not.toContain('here is bob')
    const bob = { username: 'bob', keys: [key] }
    await agent.call('guest-ssh-add-authorized-keys', bob)
    expect(await byKey()).toContain('here is bob')
    expect(await agent.call<object>('guest-ssh-get-authorized-keys', { username: 'bob' })).toEqual({
      keys: [key],
    })
    expect(
      await reference.sh('stat -c "%u %a" /home/bob/.ssh /home/bob/.ssh/authorized_keys'),
    ).toBe('1000 700\n1000 600\n')
    await agent.call('guest-ssh-remove-authorized-keys', bob)
    expect(await byKey()).not.toContain('here is bob')
  })
}
