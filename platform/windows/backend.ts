// SPDX-License-Identifier: Apache-2.0
/** What qga can do on Windows so far: the commands that need nothing of the system. */
import type { Backend, Services } from '../../src/agent/backend.ts'
import { createAgentHandlers } from '../../src/portable/agent.ts'
import type { Handlers, Owed } from '../../src/schema/command.ts'
import type { ConfigSymbol } from '../../src/schema/condition.ts'
import type { Commands } from '../../src/schema/contract.ts'
import { openChannel } from './channel.ts'
import { createSink } from './sink.ts'

/** Declared, but without a handler so far. */
export const pending = [
  'guest-get-time',
  'guest-set-time',
  'guest-shutdown',
  'guest-file-open',
  'guest-file-close',
  'guest-file-read',
  'guest-file-write',
  'guest-file-seek',
  'guest-file-flush',
  'guest-fsfreeze-status',
  'guest-fsfreeze-freeze',
  'guest-fsfreeze-freeze-list',
  'guest-fsfreeze-thaw',
  'guest-fstrim',
  'guest-suspend-disk',
  'guest-suspend-ram',
  'guest-network-get-interfaces',
  'guest-get-vcpus',
  'guest-get-disks',
  'guest-get-fsinfo',
  'guest-set-user-password',
  'guest-exec-status',
  'guest-exec',
  'guest-get-host-name',
  'guest-get-users',
  'guest-get-timezone',
  'guest-get-osinfo',
  'guest-get-devices',
  'guest-ssh-get-authorized-keys',
  'guest-ssh-add-authorized-keys',
  'guest-ssh-remove-authorized-keys',
  'guest-get-load',
  'guest-network-get-route',
] as const satisfies readonly Owed<Commands, 'windows'>[]

/** All that is fixed; nothing has to be probed on Windows. */
export const symbols: ReadonlySet<ConfigSymbol> = new Set(['CONFIG_WIN32'])

export function createHandlers({
  agent,
}: Pick<Services, 'agent'>): Handlers<Commands, 'windows', (typeof pending)[number]> {
  return createAgentHandlers(agent)
}

const COMMON_DATA = process.env['ProgramData'] ?? 'C:\\ProgramData'

export const windows: Backend = {
  defaults: {
    configPath: `${COMMON_DATA}\\qemu-ga\\qemu-ga.conf`,
    method: 'virtio-serial',
    devicePaths: {
      'virtio-serial': '\\\\.\\Global\\org.qemu.guest_agent.0',
      'isa-serial': 'COM1',
    },
    pidfile: `${COMMON_DATA}\\qemu-ga\\qemu-ga.pid`,
    statedir: `${COMMON_DATA}\\qemu-ga`,
    // There are no hook scripts on Windows, and no -F.
    fsfreezeHook: '',
  },
  symbols: () => symbols,
  handlers: createHandlers,
  openChannel,
  // None of the commands so far does anything that calls for an account.
  createAccount: () => () => {},
  createSink,
}
