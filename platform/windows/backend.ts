// SPDX-License-Identifier: Apache-2.0
/** All that qga can do on Windows. */
import { win32 } from 'node:path'
import { prepareCom } from '../../native/com.ts'
import { prepareWorkPool } from '../../native/windows-work-pool.ts'
import type { Backend, Services } from '../../src/agent/backend.ts'
import { createAgentHandlers } from '../../src/portable/agent.ts'
import { createExecHandlers, execLimits } from '../../src/portable/exec.ts'
import { createFileHandlers } from '../../src/portable/file.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type { ConfigSymbol } from '../../src/schema/condition.ts'
import type { Commands } from '../../src/schema/contract.ts'
import { createAccountHandlers } from './account.ts'
import { createWait } from './arrivals.ts'
import { openChannel } from './channel.ts'
import { createDeviceHandlers } from './devices.ts'
import { createAccounts } from './event-log.ts'
import { launch, permitted } from './exec.ts'
import { openFile } from './file.ts'
import { createFreezeHandlers } from './fsfreeze.ts'
import { createNetworkHandlers } from './network.ts'
import { foreignPart } from './ownership.ts'
import { ruleForms } from './parse/rule-forms.ts'
import { createPowerHandlers } from './power.ts'
import { createProcessorHandlers } from './processor.ts'
import { createSink } from './sink.ts'
import { createSshHandlers } from './ssh.ts'
import { createStorageHandlers } from './storage.ts'
import { createSystemHandlers } from './system.ts'
import { createTimeHandlers } from './time.ts'

/** All that is fixed; nothing has to be probed on Windows. */
export const symbols: ReadonlySet<ConfigSymbol> = new Set(['CONFIG_WIN32'])

export function createHandlers(services: Services): Handlers<Commands, 'windows'> {
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
      { reach: () => Promise.resolve(), permitted, launch, account },
      execLimits(config),
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
    ...createFreezeHandlers(services),
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
    ruleForms,
    hasServiceCommands: true,
  },
  foreignPart,
  symbols: () => symbols,
  handlers: createHandlers,
  openChannel: async (config, session) => {
    // As early as can be, and after nothing that a host waits for.
    await openChannel(config, session, wait)
    prepareCom()
  },
  channelAppeared: (_, milliseconds) => wait(milliseconds),
  createAccounts,
  createSink,
  thawsWithoutAgent: true,
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
  freezeCommand: async (command) => {
    const { registerProvider, unregisterProvider } = await import('./vss-provider.ts')
    const act = command === 'vss-install' ? registerProvider : unregisterProvider
    act(win32.dirname(process.execPath))
  },
}
