// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { any } from './condition.ts'
import {
  args,
  bool,
  enumeration,
  int,
  list,
  literal,
  none,
  number,
  optional,
  struct,
  uint64,
  union,
} from './qapi.ts'

/** `can-offline` is a result: accepted in a request, and ignored. */
const logicalProcessor = () => ({ 'logical-id': int, online: bool, 'can-offline': optional(bool) })

export const guestGetVcpus = command({
  name: 'guest-get-vcpus',
  since: '1.5',
  if: any('CONFIG_LINUX', 'CONFIG_WIN32'),
  args: () => none,
  returns: () => list(struct(logicalProcessor())),
})

/**
 * Works through the list and answers how many entries it could set. An error on the first entry is
 * the reply; a later one only ends the list, so a smaller answer asks to look again.
 */
export const guestSetVcpus = command({
  name: 'guest-set-vcpus',
  since: '1.5',
  if: 'CONFIG_LINUX',
  args: () => args({ vcpus: list(args(logicalProcessor())) }),
  returns: () => int,
  audited: true,
  holds: ['cpus'],
})

const cpuStatsType = () => enumeration('GuestCpuStatsType', ['linux'])

/** Milliseconds since boot. */
const linuxCpuStats = () => ({
  cpu: int,
  user: uint64,
  nice: uint64,
  system: uint64,
  idle: uint64,
  iowait: optional(uint64),
  irq: optional(uint64),
  softirq: optional(uint64),
  steal: optional(uint64),
  guest: optional(uint64),
  guestnice: optional(uint64),
})

const cpuStats = () =>
  union('GuestCpuStats', 'type', cpuStatsType(), [
    struct({ type: literal('linux'), ...linuxCpuStats() }),
  ])

/** One entry per online CPU. */
export const guestGetCpustats = command({
  name: 'guest-get-cpustats',
  since: '7.1',
  if: 'CONFIG_LINUX',
  args: () => none,
  returns: () => list(cpuStats()),
})

/** Runnable tasks on average over 1, 5 and 15 minutes. */
export const guestGetLoad = command({
  name: 'guest-get-load',
  since: '10.0',
  if: any('CONFIG_WIN32', 'CONFIG_GETLOADAVG'),
  args: () => none,
  returns: () => struct({ load1m: number, load5m: number, load15m: number }),
})
