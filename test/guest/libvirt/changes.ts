// SPDX-License-Identifier: Apache-2.0
/** What virsh changes in a guest: clock, processors, accounts, and its very life. */
import { expect } from 'bun:test'
import { sh } from '../image.ts'
import type { Domain } from './domain.ts'
import { HOME } from './host.ts'
import { isRefused, type Step, tells } from './step.ts'

/** Emulation on a busy machine is late by that much at most. */
const LATE_S = 90
const SOME_DAY = 1_900_000_000
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bob@example'
const ONLINE = 'cat /sys/devices/system/cpu/online'

const now = () => Math.floor(Date.now() / 1000)

/** The clock of the guest, and its hardware clock, are at a time, or were so a moment ago. */
async function expectTime(guest: Domain, wanted: () => number): Promise<void> {
  const [system, hardware] = (await guest.sh('date +%s; cat /sys/class/rtc/rtc0/since_epoch'))
    .trim()
    .split('\n')
  for (const clock of [system, hardware]) {
    expect(Math.abs(Number(clock) - wanted())).toBeLessThan(LATE_S)
  }
}

export const CLOCK: readonly Step[] = [
  {
    name: 'virsh domtime',
    run: async (guest) => {
      const [, seconds] = /^Time: (\d+)$/.exec(await guest.virsh('domtime')) ?? []
      expect(Math.abs(Number(seconds) - now())).toBeLessThan(LATE_S)
    },
  },
  {
    name: `virsh domtime --time ${SOME_DAY}`,
    run: async (guest) => {
      await guest.virsh('domtime', '--time', String(SOME_DAY))
      await expectTime(guest, () => SOME_DAY)
    },
  },
  {
    name: 'virsh domtime --now',
    run: async (guest) => {
      await guest.virsh('domtime', '--now')
      await expectTime(guest, now)
    },
  },
  {
    name: 'virsh domtime --sync',
    run: async (guest) => {
      await guest.sh(`date -s @${SOME_DAY}`)
      await guest.virsh('domtime', '--sync')
      await expectTime(guest, now)
    },
  },
]

function setsProcessors(online: string, command: string, ...args: string[]): Step {
  const { name, run } = tells(command, ...args)
  return {
    name,
    run: async (guest) => {
      const said = await run(guest)
      expect((await guest.sh(ONLINE)).trim()).toBe(online)
      return [said, await guest.virsh('guestvcpus')]
    },
  }
}

export const PROCESSORS: readonly Step[] = [
  tells('guestvcpus'),
  setsProcessors('0', 'guestvcpus', '--cpulist', '1', '--disable'),
  setsProcessors('0-1', 'guestvcpus', '--cpulist', '1', '--enable'),
  setsProcessors('0', 'setvcpus', '1', '--guest'),
  setsProcessors('0-1', 'setvcpus', '2', '--guest'),
  isRefused('guestvcpus', '--cpulist', '0', '--disable'),
]

const hashOf = async (guest: Domain) => (await guest.sh('grep ^bob: /etc/shadow')).split(':')[1]
const KEYS = '/home/bob/.ssh/authorized_keys'

export const ACCOUNTS: readonly Step[] = [
  {
    name: 'virsh set-user-password bob s3cret',
    run: async (guest) => {
      const said = await guest.virsh('set-user-password', 'bob', 's3cret')
      const hash = (await hashOf(guest)) ?? ''
      // crypt(3) of this machine, as a login would call it.
      expect(sh(['perl', '-e', 'print crypt($ARGV[0], $ARGV[1])', 's3cret', hash])).toBe(hash)
      return said
    },
  },
  {
    name: 'virsh set-user-password --encrypted',
    run: async (guest) => {
      const said = await guest.virsh('set-user-password', 'bob', '$6$salt$hash', '--encrypted')
      expect(await hashOf(guest)).toBe('$6$salt$hash')
      return said
    },
  },
  isRefused('get-user-sshkeys', 'bob'),
  {
    name: 'virsh set-user-sshkeys --file, get-user-sshkeys',
    run: async (guest) => {
      guest.host.write(`${guest.name}.pub`, `${KEY}\n`)
      await guest.virsh('set-user-sshkeys', 'bob', '--file', `${HOME}/${guest.name}.pub`)
      expect(await guest.sh(`cat ${KEYS}`)).toBe(`${KEY}\n`)
      return [
        await guest.virsh('get-user-sshkeys', 'bob'),
        await guest.sh(`stat -c '%u %g %a' /home/bob/.ssh ${KEYS}`),
      ]
    },
  },
  {
    name: 'virsh set-user-sshkeys --remove, --reset',
    run: async (guest) => {
      await guest.virsh(
        'set-user-sshkeys',
        'bob',
        '--remove',
        '--file',
        `${HOME}/${guest.name}.pub`,
      )
      expect((await guest.sh(`cat ${KEYS}`)).trim()).toBe('')
      await guest.virsh('set-user-sshkeys', 'bob', '--file', `${HOME}/${guest.name}.pub`)
      await guest.virsh('set-user-sshkeys', 'bob', '--reset')
      return (await guest.sh(`cat ${KEYS}`)).trim()
    },
  },
  isRefused('get-user-sshkeys', 'nobody-of-that-name'),
]

const bootId = (guest: Domain) => guest.sh('cat /proc/sys/kernel/random/boot_id')

export const POWER: readonly Step[] = [
  {
    name: 'virsh dompmsuspend mem, dompmwakeup',
    run: async (guest) => {
      const said = await guest.virsh('dompmsuspend', 'mem')
      await guest.until('it sleeps', async () => (await guest.state()) === 'pmsuspended')
      const woken = await guest.virsh('dompmwakeup')
      await guest.up()
      return [said, woken, await guest.state()]
    },
  },
  {
    name: 'virsh reboot --mode agent',
    run: async (guest) => {
      const before = await bootId(guest)
      const said = await guest.virsh('reboot', '--mode', 'agent')
      await guest.up()
      expect(await bootId(guest)).not.toBe(before)
      return said
    },
  },
  {
    name: 'virsh shutdown --mode agent',
    run: async (guest) => {
      const said = await guest.virsh('shutdown', '--mode', 'agent')
      await guest.until('it is gone', async () => (await guest.state()) === undefined)
      return said
    },
  },
]
