// SPDX-License-Identifier: Apache-2.0
/** What managers ask for all day, and how often: the rates are theirs, the time between is left out. */

export interface Poll {
  readonly execute: string
  readonly args?: object
  readonly everySeconds: number
}

/** KubeVirt's agent poller, through libvirt's one connection. */
export const KUBEVIRT: readonly Poll[] = [
  { execute: 'guest-get-users', everySeconds: 10 },
  { execute: 'guest-fsfreeze-status', everySeconds: 30 },
  { execute: 'guest-get-osinfo', everySeconds: 120 },
  { execute: 'guest-get-host-name', everySeconds: 120 },
  { execute: 'guest-get-timezone', everySeconds: 120 },
  { execute: 'guest-network-get-interfaces', everySeconds: 120 },
  { execute: 'guest-get-load', everySeconds: 120 },
  { execute: 'guest-info', everySeconds: 300 },
  { execute: 'guest-get-fsinfo', everySeconds: 300 },
  { execute: 'guest-get-disks', everySeconds: 300 },
]

/** libvirt's own statistics. */
export const LIBVIRT: readonly Poll[] = [
  { execute: 'guest-get-vcpus', everySeconds: 60 },
  { execute: 'guest-get-time', everySeconds: 60 },
  { execute: 'guest-get-diskstats', everySeconds: 60 },
  { execute: 'guest-get-cpustats', everySeconds: 60 },
]

/** The status page of Proxmox VE and monitors behind it: a connection for each. */
export const PROXMOX: readonly Poll[] = [
  { execute: 'guest-ping', everySeconds: 10 },
  { execute: 'guest-network-get-interfaces', everySeconds: 10 },
  { execute: 'guest-get-fsinfo', everySeconds: 30 },
  { execute: 'guest-get-osinfo', everySeconds: 60 },
  { execute: 'guest-get-memory-blocks', everySeconds: 60 },
  { execute: 'guest-get-memory-block-info', everySeconds: 60 },
  { execute: 'guest-info', everySeconds: 60 },
  { execute: 'guest-no-such-command', everySeconds: 60 },
]

/** Seconds between two programs that somebody starts, and between two files that somebody reads. */
export const EXEC_SECONDS = 60
export const FILE_SECONDS = 60

export function isDue({ everySeconds }: Poll, second: number): boolean {
  return second % everySeconds === 0
}
