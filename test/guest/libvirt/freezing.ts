// SPDX-License-Identifier: Apache-2.0
/** virsh and the file systems of a guest. */
import { expect } from 'bun:test'
import type { Domain } from './domain.ts'
import { HOME } from './host.ts'
import { isRefused, type Step, tells } from './step.ts'

function isRefusedWhileFrozen(command: string): Step {
  const { name, run } = isRefused(command)
  return {
    name: `${name} while frozen`,
    run,
    newer: {
      note: 'the same error, in the words of qemu-ga 11.1',
      expect: (ours: string, theirs: string) =>
        expect(ours).toBe(
          theirs.replace('the agent is in frozen state', 'the command is not allowed'),
        ),
    },
  }
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
  isRefusedWhileFrozen('domfsfreeze'),
  isRefusedWhileFrozen('domfsinfo'),
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
    name: 'virsh domfsfreeze --mountpoint /mnt/sda, domfsthaw',
    run: async (guest) => {
      const said = await guest.virsh('domfsfreeze', '--mountpoint', '/mnt/sda')
      expect(await status(guest)).toBe('frozen')
      return [said, await guest.virsh('domfsthaw')]
    },
  },
  {
    name: 'virsh domfsfreeze --mountpoint /nowhere, domfsthaw',
    run: async (guest) => [
      await guest.virsh('domfsfreeze', '--mountpoint', '/nowhere'),
      await guest.virsh('domfsthaw'),
    ],
  },
  tells('domfstrim'),
  tells('domfstrim', '--minimum', '65536'),
  {
    name: 'virsh snapshot-create-as --disk-only --quiesce',
    run: async (guest) => {
      const file = `${HOME}/${guest.name}-snapshot.qcow2`
      const disks = ['--diskspec', `vda,file=${file}`, '--diskspec', 'sda,snapshot=no']
      const options = ['--disk-only', '--quiesce', '--no-metadata']
      await guest.sh('echo written >/var/tmp/unsynced')
      const said = await guest.virsh('snapshot-create-as', 'first', ...options, ...disks)
      expect(await status(guest)).toBe('thawed')
      await guest.sh('touch /var/tmp/after && sync')
      expect(await guest.virsh('domblklist')).toContain('GUEST-snapshot.qcow2')
      expect(await inSnapshot(guest, '/var/tmp/unsynced')).toBe('written')
      return said
    },
  },
]

/** A file of the disk as the snapshot has kept it, read as it lies there: without a freeze it would still be in the guest's memory. */
async function inSnapshot(guest: Domain, path: string): Promise<string> {
  const [kept, raw] = [`${HOME}/${guest.name}-root.qcow2`, `${HOME}/${guest.name}.raw`]
  await guest.run('qemu-img', 'convert', '--force-share', '-O', 'raw', kept, raw)
  return guest.run('debugfs', '-R', `cat ${path}`, raw)
}
