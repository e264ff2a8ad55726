// SPDX-License-Identifier: Apache-2.0
/** All that qga can do on Windows so far. */

import { prepareWorkPool } from '../../native/windows-work-pool.ts'
import type { Backend, Services } from '../../src/agent/backend.ts'
import { createAgentHandlers } from '../../src/portable/agent.ts'
import { createExecHandlers } from '../../src/portable/exec.ts'
import { createFileHandlers } from '../../src/portable/file.ts'
import type { Handlers, Owed } from '../../src/schema/command.ts'
import type { ConfigSymbol } from '../../src/schema/condition.ts'
import type { Commands } from '../../src/schema/contract.ts'
import { createAccountHandlers } from './account.ts'
import { createWait } from './arrivals.ts'
import { openChannel } from './channel.ts'
import { createDeviceHandlers } from './devices.ts'
import { createAccount } from './event-log.ts'
import { launch } from './exec.ts'
import { openFile } from './file.ts'
import { trimAll } from './fstrim.ts'
import { createNetworkHandlers } from './network.ts'
import { createPowerHandlers } from './power.ts'
import { createProcessorHandlers } from './processor.ts'
import { createSink } from './sink.ts'
import { createSshHandlers } from './ssh.ts'
import { createStorageHandlers } from './storage.ts'
import { createSystemHandlers } from './system.ts'
import { createTimeHandlers } from './time.ts'

/** Declared, but without a handler so far. */
export const pending = [
  'guest-fsfreeze-status',
  'guest-fsfreeze-freeze',
  'guest-fsfreeze-freeze-list',
  'guest-fsfreeze-thaw',
] as const satisfies readonly Owed<Commands, 'windows'>[]

/** All that is fixed; nothing has to be probed on Windows. */
export const symbols: ReadonlySet<ConfigSymbol> = new Set(['CONFIG_WIN32'])

export function createHandlers(
  services: Pick<Services, 'config' | 'agent' | 'whenIdle' | 'nextHandle' | 'account'>,
): Handlers<Commands, 'windows', (typeof pending)[number]> {
  const { config, agent, whenIdle, nextHandle, account } = services
  prepareWorkPool()
  return {
    ...createAgentHandlers(agent),
    ...createFileHandlers(
      { open: openFile, whenIdle, nextHandle, account },
      config['max-file-handles'],
    ),
    ...createExecHandlers(
      // The system finds and starts programs itself, in one call.
      { reach: () => Promise.resolve(), launch, account },
      {
        maxJobs: config['max-exec-jobs'],
        maxOutput: config['max-exec-output'],
        maxInput: config['max-exec-input'],
      },
    ),
    ...createSystemHandlers(),
    ...createTimeHandlers(),
    ...createPowerHandlers(account),
    ...createProcessorHandlers(),
    ...createNetworkHandlers(config['exclude-interfaces']),
    ...createAccountHandlers(),
    ...createSshHandlers(),
    ...createStorageHandlers(),
    ...createDeviceHandlers(),
    'guest-fstrim': () => trimAll(),
  }
}

const wait = createWait()
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
    hasServiceCommands: true,
  },
  symbols: () => symbols,
  handlers: createHandlers,
  openChannel: (config, session) => openChannel(config, session, wait),
  channelAppeared: (_, milliseconds) => wait(milliseconds),
  createAccount,
  createSink,
  prepare: async ({ statedir }) => {
    const { makeStateDirectory } = await import('./state-directory.ts')
    return await makeStateDirectory(statedir)
  },
  administration: async () => {
    const { createAdministration } = await import('./administration.ts')
    return createAdministration(`${COMMON_DATA}\\qemu-ga`)
  },
  service: async (config, serve) => {
    const { runAsService } = await import('./service.ts')
    return await runAsService(windows, config, serve)
  },
}
