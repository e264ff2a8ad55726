// SPDX-License-Identifier: Apache-2.0
/** What virsh does with an agent. Each step is seen in the guest too; what it returns is compared between the agents. */
import { expect } from 'bun:test'
import type { Domain } from './domain.ts'
import { sh } from './image.ts'
import { HOME } from './libvirt-host.ts'

export interface Step {
  /** The command, as the table has it. */
  readonly name: string
  readonly run: (guest: Domain) => Promise<unknown>
  /** How a newer agent may differ; else both have returned the same. */
  readonly agrees?: (ours: unknown, theirs: unknown) => boolean
}

/** Emulation on a busy machine is late by that much at most. */
const LATE_S = 90
const SOME_DAY = 1_900_000_000
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bob@example'
const ONLINE = 'cat /sys/devices/system/cpu/online'
const BYTES = 3_000_000

/** A command that tells something, which is compared as it is. */
function tells(command: string, ...args: string[]): Step {
  const name = ['virsh', command, ...args].join(' ')
  return { name, run: (guest) => guest.virsh(command, ...args) }
}

/** The same without what changes from one moment to the next. */
function tellsBut(changing: RegExp, command: string, ...args: string[]): Step {
  const { name, run } = tells(command, ...args)
  return { name, run: async (guest) => String(await run(guest)).replace(changing, '') }
}

function isRefused(command: string, ...args: string[]): Step {
  const name = `${['virsh', command, ...args].join(' ')}, refused`
  return { name, run: (guest) => guest.refused(command, ...args) }
}

function agentCommand(execute: string, normal: (value: never) => unknown = (value) => value): Step {
  return {
    name: `virsh qemu-agent-command ${execute}`,
    run: async (guest) => normal((await guest.call(execute)) as never),
  }
}

interface Info {
  readonly supported_commands: readonly { readonly name: string }[]
}

export const ASKING: readonly Step[] = [
  agentCommand('guest-ping'),
  {
    name: 'virsh qemu-agent-command guest-info, all that the C agent has',
    run: async (guest) => (await guest.call<Info>('guest-info')).supported_commands,
    agrees: (ours, theirs) => {
      expect(ours).toEqual(expect.arrayContaining(theirs as object[]))
      return true
    },
  },
  agentCommand('guest-get-osinfo'),
  agentCommand('guest-get-vcpus'),
  agentCommand('guest-get-timezone'),
  agentCommand('guest-get-users'),
  agentCommand('guest-get-memory-block-info'),
  agentCommand('guest-get-memory-blocks', (blocks: { 'phys-index': number }[]) =>
    blocks.toSorted((a, b) => a['phys-index'] - b['phys-index']),
  ),
  agentCommand('guest-get-disks', (disks: { name: string }[]) =>
    disks.toSorted((a, b) => a.name.localeCompare(b.name)),
  ),
  agentCommand('guest-get-fsinfo', (systems: { 'used-bytes': number }[]) =>
    systems.map((system) => ({ ...system, 'used-bytes': 0 })),
  ),
  agentCommand('guest-network-get-interfaces', (interfaces: { statistics: object }[]) =>
    interfaces.map((each) => ({ ...each, statistics: Object.keys(each.statistics).sort() })),
  ),
  { name: 'virsh qemu-agent-command guest-file-read, 3 MB', run: largeReply },
  tells('domfsinfo'),
  tells('domifaddr', '--source', 'agent'),
  tells('domifaddr', '--source', 'agent', '--full'),
  tells('domhostname', '--source', 'agent'),
  tellsBut(/^fs\.\d\.used-bytes.*\n/gm, 'guestinfo'),
  ...['--user', '--os', '--timezone', '--hostname', '--disk', '--interface'].map((each) =>
    tells('guestinfo', each),
  ),
  tellsBut(/^fs\.\d\.used-bytes.*\n/gm, 'guestinfo', '--filesystem'),
]

async function largeReply(guest: Domain): Promise<unknown> {
  const handle = await guest.call<number>('guest-file-open', { path: '/usr/local/bin/qga' })
  const read = await guest.call<object>('guest-file-read', { handle, count: BYTES })
  await guest.call('guest-file-close', { handle })
  return Bun.hash(JSON.stringify(read, ['count', 'buf-b64', 'eof']))
}

const status = (guest: Domain) => guest.call<string>('guest-fsfreeze-status')

export const FREEZING: readonly Step[] = [
  {
    name: 'virsh domfsfreeze',
    run: async (guest) => {
      const said = await guest.virsh('domfsfreeze')
      expect(await status(guest)).toBe('frozen')
      return said
    },
  },
  isRefused('domfsfreeze'),
  isRefused('domfsinfo'),
  {
    name: 'virsh domfsthaw',
    run: async (guest) => {
      const said = await guest.virsh('domfsthaw')
      expect(await status(guest)).toBe('thawed')
      await guest.sh('touch /var/tmp/thawed && sync')
      return said
    },
  },
  {
    name: 'virsh domfsfreeze --mountpoint /mnt/sda, and domfsthaw',
    run: async (guest) => {
      const said = await guest.virsh('domfsfreeze', '--mountpoint', '/mnt/sda')
      expect(await status(guest)).toBe('frozen')
      return [said, await guest.virsh('domfsthaw')]
    },
  },
  isRefused('domfsfreeze', '--mountpoint', '/nowhere'),
  {
    name: 'virsh domfsthaw of what is not frozen',
    run: (guest) => guest.virsh('domfsthaw'),
  },
  tells('domfstrim'),
  tells('domfstrim', '--minimum', '65536'),
  {
    name: 'virsh snapshot-create-as --disk-only --quiesce',
    run: async (guest) => {
      const file = `${HOME}/${guest.name}-snapshot.qcow2`
      const disks = ['--diskspec', `vda,file=${file}`, '--diskspec', 'sda,snapshot=no']
      const options = ['--disk-only', '--quiesce', '--no-metadata']
      const said = await guest.virsh('snapshot-create-as', 'first', ...options, ...disks)
      expect(await status(guest)).toBe('thawed')
      await guest.sh('touch /var/tmp/after && sync')
      return [said, await guest.virsh('domblklist')]
    },
  },
]

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
      await guest.virsh('set-user-sshkeys', 'bob', '--remove', '--file', `${HOME}/${guest.name}.pub`)
      expect((await guest.sh(`cat ${KEYS}`)).trim()).toBe('')
      await guest.virsh('set-user-sshkeys', 'bob', '--file', `${HOME}/${guest.name}.pub`)
      await guest.virsh('set-user-sshkeys', 'bob', '--reset')
      return [await guest.virsh('get-user-sshkeys', 'bob'), (await guest.sh(`cat ${KEYS}`)).trim()]
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
      await guest.until('it has booted again', async () => {
        const after = await bootId(guest).catch(() => before)
        return after !== before
      })
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
