// SPDX-License-Identifier: Apache-2.0
/** The files of an installation, where they go, and who may do what with them. */
import rules from './60-qga.rules' with { type: 'text' }
import hook from './fsfreeze-hook' with { type: 'text' }
import sample from './qemu-ga.conf.sample' with { type: 'text' }
import defaults from './qga.default' with { type: 'text' }
import openrc from './qga.openrc' with { type: 'text' }
import runit from './qga.runit' with { type: 'text' }
import service from './qga.service' with { type: 'text' }
import readOnlyService from './qga-read-only.service' with { type: 'text' }

export const EXECUTABLE = '/usr/sbin/qga'
/** By the name that scripts and other people's units know. */
export const LINK = { path: '/usr/sbin/qemu-ga', target: 'qga' } as const
export const HOOK_DIRECTORY = '/etc/qemu/fsfreeze-hook.d'
export const OPTIONS_FILE = '/etc/default/qga'

export const MANAGERS = ['systemd', 'openrc', 'runit'] as const
export type Manager = (typeof MANAGERS)[number]

export interface InstalledFile {
  readonly path: string
  readonly text: string
  readonly mode: number
  /** Whose it is once it is there: what an administrator has changed stays. */
  readonly owner: 'qga' | 'administrator'
  /** Absent: whatever the service manager. */
  readonly manager?: Manager
}

/** By hand it is below /etc, which also systems with a fixed /usr have to themselves; packages have /usr/lib. */
export type Origin = 'hand' | 'package'

export function installedFiles(origin: Origin): readonly InstalledFile[] {
  const units = unitDirectory(origin)
  const udev = origin === 'hand' ? '/etc/udev/rules.d' : '/usr/lib/udev/rules.d'
  const sampleDirectory = origin === 'hand' ? '/etc/qemu' : '/usr/share/doc/qga'
  const systemd = { mode: 0o644, owner: 'qga', manager: 'systemd' } as const
  return [
    { path: '/etc/qemu/fsfreeze-hook', text: hook, mode: 0o755, owner: 'administrator' },
    { path: `${sampleDirectory}/qemu-ga.conf.sample`, text: sample, mode: 0o644, owner: 'qga' },
    { path: `${units}/qga.service`, text: service, ...systemd },
    { path: `${units}/qga-read-only.service`, text: readOnlyService, ...systemd },
    { path: `${udev}/60-qga.rules`, text: rules, ...systemd },
    { path: '/etc/init.d/qga', text: openrc, mode: 0o755, owner: 'qga', manager: 'openrc' },
    { path: '/etc/sv/qga/run', text: runit, mode: 0o755, owner: 'qga', manager: 'runit' },
  ]
}

export function unitDirectory(origin: Origin): string {
  return origin === 'hand' ? '/etc/systemd/system' : '/usr/lib/systemd/system'
}

/** The name that everybody starts the agent by, as a link: the unit that is enabled. */
export const ALIAS = 'qemu-guest-agent.service'

/** The unit of an agent on another channel than the port, which no device starts or ends. */
export function withoutDevice(unit: string): string {
  return unit
    .replace(/^(BindsTo|After)=dev-virtio.*\n/gm, '')
    .replace(/^Alias=.*\n/m, (alias) => `${alias}WantedBy=multi-user.target\n`)
}

/** Words that come back as they are: carry-over.ts refuses others. */
export function optionsFile(args: readonly string[]): string {
  return defaults.replace('QGA_OPTIONS=""', () => `QGA_OPTIONS="${args.join(' ')}"`)
}

export const READ_ONLY_UNIT = 'qga-read-only.service'

/** What the unit for an agent that changes nothing tells it, besides $QGA_OPTIONS. */
export function readOnlyOptions(): readonly string[] {
  const command = /^ExecStart=\S+ ((?:.*\\\n)*.*)$/m.exec(readOnlyService)?.[1] ?? ''
  return splitWords(command.replaceAll('\\\n', ' ')).filter((word) => !word.startsWith('$'))
}

/** As systemd takes a variable without quotes apart. */
export function splitWords(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
