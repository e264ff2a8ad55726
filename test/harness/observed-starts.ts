// SPDX-License-Identifier: Apache-2.0
/** What the reference agent printed for command lines and files: test/fixtures/linux/startup. */
import { ruleForms } from '../../platform/linux/parse/rule-forms.ts'
import type { SystemDefaults } from '../../src/config.ts'
import observed from '../fixtures/linux/startup/observed-11.1.3.json'

export interface ObservedStart {
  readonly args: readonly string[]
  /** The bytes of CONF, one character each. */
  readonly file?: string
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly also72?: boolean
}

export const observedStarts: readonly ObservedStart[] = observed.cases

/** The defaults of the build that was observed. */
export const observedDefaults: SystemDefaults = {
  configPath: '/nonexistent/qemu-ga.conf',
  method: 'virtio-serial',
  devicePaths: {
    'virtio-serial': '/dev/virtio-ports/org.qemu.guest_agent.0',
    'isa-serial': '/dev/ttyS0',
  },
  pidfile: '/var/run/qemu-ga.pid',
  statedir: '/var/run',
  fsfreezeHook: '/etc/qemu/fsfreeze-hook',
  ruleForms,
}

/** Puts placeholders where one run differs from the next. */
export function withoutParticulars(text: string, conf: string): string {
  return text
    .replaceAll(conf, 'CONF')
    .replace(/\(process:\d+\)/, '(process:PID)')
    .replace(/\d\d:\d\d:\d\d\.\d{3}/, 'HH:MM:SS.mmm')
    .replace(/^QEMU Guest Agent \d[\d.]*/, 'VERSION')
    .replace(/^guest-sync-delimited\n[\s\S]*$/, 'COMMANDS\n')
}
