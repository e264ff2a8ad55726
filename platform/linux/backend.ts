// SPDX-License-Identifier: Apache-2.0
/** All that qga can do on Linux. */
import type { Backend, Services } from '../../src/agent/backend.ts'
import { createAgentHandlers } from '../../src/portable/agent.ts'
import { createExecHandlers, execLimits } from '../../src/portable/exec.ts'
import { createFileHandlers } from '../../src/portable/file.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type { Commands } from '../../src/schema/contract.ts'
import { createAccountHandlers } from './account.ts'
import { AS_USER_MARK, serveAsUser } from './as-user.ts'
import { channelAppeared, openChannel } from './channel.ts'
import { asDaemonChild, daemonize } from './daemon.ts'
import { launch, permitted, reach } from './exec.ts'
import { openFile } from './file.ts'
import { runFreezer } from './freezer.ts'
import { FREEZER_MODE } from './freezer-orders.ts'
import { createFreezeHandlers } from './fsfreeze.ts'
import { inheritedMethod } from './inherited-socket.ts'
import { createMemoryHandlers } from './memory.ts'
import { createNetworkHandlers } from './network.ts'
import { foreignPart } from './ownership.ts'
import { ruleForms } from './parse/rule-forms.ts'
import { acquirePidFile } from './pidfile.ts'
import { createPowerHandlers } from './power.ts'
import { createProcessorHandlers } from './processor.ts'
import { createSink } from './sink.ts'
import { createSshHandlers } from './ssh.ts'
import { createStorageHandlers, storageOfSystem } from './storage.ts'
import { probeSymbols } from './symbols.ts'
import { createAccounts } from './syslog.ts'
import { createSystemHandlers } from './system.ts'
import { createTimeHandlers } from './time.ts'

function createHandlers(services: Services): Handlers<Commands, 'linux'> {
  const { config, agent, whenIdle, nextHandle, account } = services
  const programMs = config['program-timeout'] * 1000
  return {
    ...createAgentHandlers(agent),
    ...createFileHandlers(
      {
        open: (path, mode, spelling, permit) =>
          openFile(path, mode, spelling, config['file-create-mode'], permit),
        whenIdle,
        nextHandle,
        account,
      },
      config['max-file-handles'],
    ),
    ...createExecHandlers({ reach, permitted, launch, account }, execLimits(config)),
    ...createFreezeHandlers(services),
    ...createStorageHandlers(account, storageOfSystem(config['usage-timeout'] * 1000)),
    ...createSystemHandlers(account),
    ...createTimeHandlers(),
    ...createPowerHandlers(account, { programMs, suspendMs: config['suspend-timeout'] * 1000 }),
    ...createAccountHandlers(programMs),
    ...createSshHandlers(programMs),
    ...createProcessorHandlers(account),
    ...createMemoryHandlers(),
    ...createNetworkHandlers(config['exclude-interfaces']),
  }
}

export const linux: Backend = {
  defaults: {
    configPath: '/etc/qemu/qemu-ga.conf',
    method: 'virtio-serial',
    devicePaths: {
      'virtio-serial': '/dev/virtio-ports/org.qemu.guest_agent.0',
      'isa-serial': '/dev/ttyS0',
    },
    pidfile: '/var/run/qemu-ga.pid',
    statedir: '/var/run',
    fsfreezeHook: '/etc/qemu/fsfreeze-hook',
    ruleForms,
    unsupportedKeys: ['vss-backup-type'],
  },
  foreignPart,
  symbols: probeSymbols,
  handlers: createHandlers,
  inheritedMethod,
  openChannel,
  channelAppeared,
  createAccounts,
  createSink,
  daemon: { asChild: asDaemonChild, start: daemonize, acquirePidFile },
  helpers: new Map<string, () => void | Promise<void>>([
    [FREEZER_MODE, runFreezer],
    [AS_USER_MARK, serveAsUser],
  ]),
  administration: async () => (await import('./administration.ts')).administration,
}
