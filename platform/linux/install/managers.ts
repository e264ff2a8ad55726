// SPDX-License-Identifier: Apache-2.0
/** The service managers: which are there, and what they have to be told. */
import * as fs from 'node:fs'
import type { Step } from '../../../src/admin/administration.ts'
import { MANAGERS, type Manager } from './files.ts'
import { runCommand } from './steps.ts'

/** Programs that only a system with that manager has. */
const SIGNS: Readonly<Record<Manager, readonly string[]>> = {
  systemd: ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'],
  openrc: ['/sbin/openrc-run', '/usr/sbin/openrc-run', '/usr/bin/openrc-run'],
  runit: ['/sbin/runit-init', '/usr/sbin/runit-init', '/usr/bin/runit-init', '/sbin/runsvdir'],
}

/** @param root the system below it is looked at */
export function managersAt(root: string): readonly Manager[] {
  return MANAGERS.filter((manager) => SIGNS[manager].some((path) => fs.existsSync(root + path)))
}

/** sd_booted(3) */
const isSystemdRunning = () => fs.existsSync('/run/systemd/system')
const isUdevRunning = () => fs.existsSync('/run/udev/control')

export function afterInstall(managers: readonly string[]): readonly Step[] {
  const steps: Step[] = []
  if (managers.includes('systemd') && isSystemdRunning()) {
    steps.push(runCommand('systemctl', 'daemon-reload'))
    if (isUdevRunning()) {
      steps.push(
        runCommand('udevadm', 'control', '--reload'),
        runCommand('udevadm', 'trigger', '--action=change', '--subsystem-match=virtio-ports'),
        runCommand('udevadm', 'settle', '--timeout=10'),
      )
    }
    // A running one goes on with the new program; the port starts one that is not.
    steps.push(runCommand('systemctl', 'try-restart', 'qemu-guest-agent.service'))
  }
  if (managers.includes('openrc')) steps.push(runCommand('rc-update', 'add', 'qga', 'default'))
  return steps
}

export function beforeUninstall(managers: readonly string[]): readonly Step[] {
  const steps: Step[] = []
  if (managers.includes('systemd') && isSystemdRunning()) {
    // Stopping what is not there is no failure of an uninstallation.
    steps.push(runCommand('sh', '-c', 'systemctl stop qga.service qga-read-only.service || :'))
  }
  if (managers.includes('openrc')) {
    steps.push(runCommand('sh', '-c', 'rc-service qga stop || :; rc-update del qga || :'))
  }
  return steps
}

export function afterUninstall(managers: readonly string[]): readonly Step[] {
  if (!managers.includes('systemd') || !isSystemdRunning()) return []
  return [runCommand('systemctl', 'daemon-reload')]
}
