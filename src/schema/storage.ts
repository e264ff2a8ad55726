// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod/mini'
import { command } from './command.ts'
import { any } from './condition.ts'
import {
  bool,
  enumeration,
  int,
  list,
  literal,
  none,
  oneOf,
  optional,
  str,
  struct,
  uint64,
  union,
} from './qapi.ts'

const diskBusType = () =>
  enumeration('GuestDiskBusType', [
    'ide',
    'fdc',
    'scsi',
    'virtio',
    'xen',
    'usb',
    'uml',
    'sata',
    'sd',
    'unknown',
    'ieee1394',
    'ssa',
    'fibre',
    'raid',
    'iscsi',
    'sas',
    'mmc',
    'virtual',
    'file-backed-virtual',
    'nvme',
  ])

/** All -1 when the disk is not behind a PCI controller. */
const pciAddress = () => struct({ domain: int, bus: int, slot: int, function: int })

const ccwAddress = () => struct({ cssid: int, ssid: int, subchno: int, devno: int })

const diskAddress = () =>
  struct({
    'pci-controller': pciAddress(),
    'bus-type': diskBusType(),
    bus: int,
    target: int,
    unit: int,
    serial: optional(str),
    dev: optional(str),
    'ccw-address': optional(ccwAddress()),
  })

export type DiskAddress = z.input<ReturnType<typeof diskAddress>>

/** The NVMe SMART log; temperature in kelvin, 128-bit counters as two halves. */
const nvmeSmart = () => ({
  'critical-warning': int,
  temperature: int,
  'available-spare': int,
  'available-spare-threshold': int,
  'percentage-used': int,
  'data-units-read-lo': uint64,
  'data-units-read-hi': uint64,
  'data-units-written-lo': uint64,
  'data-units-written-hi': uint64,
  'host-read-commands-lo': uint64,
  'host-read-commands-hi': uint64,
  'host-write-commands-lo': uint64,
  'host-write-commands-hi': uint64,
  'controller-busy-time-lo': uint64,
  'controller-busy-time-hi': uint64,
  'power-cycles-lo': uint64,
  'power-cycles-hi': uint64,
  'power-on-hours-lo': uint64,
  'power-on-hours-hi': uint64,
  'unsafe-shutdowns-lo': uint64,
  'unsafe-shutdowns-hi': uint64,
  'media-errors-lo': uint64,
  'media-errors-hi': uint64,
  'number-of-error-log-entries-lo': uint64,
  'number-of-error-log-entries-hi': uint64,
})

function diskSmart() {
  const types = diskBusType()
  const { nvme, ...withoutSmart } = types.def.entries
  return union('GuestDiskSmart', 'type', types, [
    struct({ type: literal(nvme), ...nvmeSmart() }),
    struct({ type: oneOf(withoutSmart) }),
  ])
}

export type DiskSmart = z.input<ReturnType<typeof diskSmart>>

const diskInfo = () =>
  struct({
    name: str,
    partition: bool,
    dependencies: optional(list(str)),
    address: optional(diskAddress()),
    alias: optional(str),
    smart: optional(diskSmart()),
  })

export type DiskInfo = z.input<ReturnType<typeof diskInfo>>

/** Disks and their partitions. `dependencies` names the devices that one is made of. */
export const guestGetDisks = command({
  name: 'guest-get-disks',
  since: '5.2',
  if: any('CONFIG_WIN32', 'CONFIG_LIBUDEV'),
  args: () => none,
  returns: () => list(diskInfo()),
})

/** `total-bytes` counts what unprivileged users can reach, `total-bytes-privileged` all. */
const filesystemInfo = () =>
  struct({
    name: str,
    mountpoint: str,
    type: str,
    'used-bytes': optional(uint64),
    'total-bytes': optional(uint64),
    'total-bytes-privileged': optional(uint64),
    disk: list(diskAddress()),
  })

/** The mounted local file systems and the disks below them; `disk` may be empty. */
export const guestGetFsinfo = command({
  name: 'guest-get-fsinfo',
  since: '2.2',
  if: any('CONFIG_WIN32', 'CONFIG_LINUX'),
  args: () => none,
  returns: () => list(filesystemInfo()),
})

/** The kernel's counters since boot: sectors of 512 bytes, ticks in milliseconds. */
const diskStats = () =>
  struct({
    'read-sectors': optional(uint64),
    'read-ios': optional(uint64),
    'read-merges': optional(uint64),
    'write-sectors': optional(uint64),
    'write-ios': optional(uint64),
    'write-merges': optional(uint64),
    'discard-sectors': optional(uint64),
    'discard-ios': optional(uint64),
    'discard-merges': optional(uint64),
    'flush-ios': optional(uint64),
    'read-ticks': optional(uint64),
    'write-ticks': optional(uint64),
    'discard-ticks': optional(uint64),
    'flush-ticks': optional(uint64),
    'ios-pgr': optional(uint64),
    'total-ticks': optional(uint64),
    'weight-ticks': optional(uint64),
  })

/** All block devices, partitions included; a counter that the kernel lacks is absent. */
export const guestGetDiskstats = command({
  name: 'guest-get-diskstats',
  since: '7.1',
  if: 'CONFIG_LINUX',
  args: () => none,
  returns: () => list(struct({ name: str, major: uint64, minor: uint64, stats: diskStats() })),
})
