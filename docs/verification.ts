// SPDX-License-Identifier: Apache-2.0
/** How far each command is verified on each system: docs/commands.md shows it, and the compiler names what is missing. */
import type { Owed } from '../src/schema/command.ts'
import type { Commands } from '../src/schema/contract.ts'

export const LEVELS = {
  works: 'tested on the system itself',
  'stand-ins':
    'tested on the system itself, with stand-ins for the programs and files that would change the machine',
  Wine: 'works under Wine 10: the built executable, as a service or in the foreground',
  unverified:
    'written; decoders and decisions tested on made-up answers, and its refusals under Wine; never done on the system (`docs/windows-verification.md`)',
  played:
    'works under Wine 10 against a stand-in for VSS that the compiler holds to its headers; never done on the system (`docs/windows-verification.md`)',
} as const

export type Level = keyof typeof LEVELS

type Verification = {
  readonly [System in 'linux' | 'windows']: Readonly<Record<Owed<Commands, System>, Level>>
}

// biome-ignore format: a table
export const verification: Verification = {
  linux: {
    'guest-sync-delimited': 'works', 'guest-sync': 'works', 'guest-ping': 'works', 'guest-info': 'works',
    'guest-get-time': 'works', 'guest-set-time': 'stand-ins',
    'guest-shutdown': 'stand-ins', 'guest-suspend-disk': 'stand-ins', 'guest-suspend-ram': 'stand-ins',
    'guest-suspend-hybrid': 'stand-ins',
    'guest-file-open': 'works', 'guest-file-close': 'works', 'guest-file-read': 'works',
    'guest-file-write': 'works', 'guest-file-seek': 'works', 'guest-file-flush': 'works',
    'guest-fsfreeze-status': 'works', 'guest-fsfreeze-freeze': 'works',
    'guest-fsfreeze-freeze-list': 'works', 'guest-fsfreeze-thaw': 'works', 'guest-fstrim': 'works',
    'guest-network-get-interfaces': 'works', 'guest-network-get-route': 'works',
    'guest-get-vcpus': 'works', 'guest-set-vcpus': 'stand-ins', 'guest-get-cpustats': 'works',
    'guest-get-load': 'works', 'guest-get-memory-blocks': 'stand-ins',
    'guest-set-memory-blocks': 'stand-ins', 'guest-get-memory-block-info': 'stand-ins',
    'guest-get-disks': 'works', 'guest-get-fsinfo': 'works', 'guest-get-diskstats': 'works',
    'guest-exec-status': 'works', 'guest-exec': 'works',
    'guest-get-host-name': 'works', 'guest-get-users': 'works', 'guest-set-user-password': 'stand-ins',
    'guest-get-timezone': 'works', 'guest-get-osinfo': 'works',
    'guest-ssh-get-authorized-keys': 'works', 'guest-ssh-add-authorized-keys': 'works',
    'guest-ssh-remove-authorized-keys': 'works',
  },
  windows: {
    'guest-sync-delimited': 'Wine', 'guest-sync': 'Wine', 'guest-ping': 'Wine', 'guest-info': 'Wine',
    'guest-get-time': 'Wine', 'guest-set-time': 'unverified',
    'guest-shutdown': 'unverified', 'guest-suspend-disk': 'unverified', 'guest-suspend-ram': 'unverified',
    'guest-file-open': 'Wine', 'guest-file-close': 'Wine', 'guest-file-read': 'Wine',
    'guest-file-write': 'Wine', 'guest-file-seek': 'Wine', 'guest-file-flush': 'Wine',
    'guest-fsfreeze-status': 'played', 'guest-fsfreeze-freeze': 'played',
    'guest-fsfreeze-freeze-list': 'played', 'guest-fsfreeze-thaw': 'played', 'guest-fstrim': 'unverified',
    'guest-network-get-interfaces': 'Wine', 'guest-network-get-route': 'Wine',
    'guest-get-vcpus': 'Wine', 'guest-get-load': 'unverified',
    'guest-get-disks': 'unverified', 'guest-get-fsinfo': 'Wine', 'guest-get-devices': 'unverified',
    'guest-exec-status': 'Wine', 'guest-exec': 'Wine',
    'guest-get-host-name': 'Wine', 'guest-get-users': 'Wine', 'guest-set-user-password': 'unverified',
    'guest-get-timezone': 'Wine', 'guest-get-osinfo': 'Wine',
    'guest-ssh-get-authorized-keys': 'Wine', 'guest-ssh-add-authorized-keys': 'Wine',
    'guest-ssh-remove-authorized-keys': 'Wine',
  },
}
