// SPDX-License-Identifier: Apache-2.0
/**
 * /proc/diskstats, of which each line is a device: its numbers, its name and counters since boot.
 * Kernels before 4.18 stop behind the eleventh counter, those before 5.5 behind the fifteenth;
 * before 2.6.25 a partition had four.
 *
 *      254       0 vda 127918 29536 6679122 128917 15953 85484 15946984 53396 0 21976 184457 8866 36 20849520 2089 873 54
 *        3       1 hda1 35486 38030 38030 38030
 *
 * Admin-guide/iostats in the kernel's documentation names the counters.
 */

const COUNTERS = [
  'read-ios',
  'read-merges',
  'read-sectors',
  'read-ticks',
  'write-ios',
  'write-merges',
  'write-sectors',
  'write-ticks',
  'ios-pgr',
  'total-ticks',
  'weight-ticks',
  'discard-ios',
  'discard-merges',
  'discard-sectors',
  'discard-ticks',
  'flush-ios',
  'flush-ticks',
] as const
/** How many of them a kernel has: with flushes, with discards, without either. */
const EXTENTS = [17, 15, 11]
const OLD_PARTITION = ['read-ios', 'read-sectors', 'write-ios', 'write-sectors'] as const

type Counter = (typeof COUNTERS)[number]

/** Sectors are of 512 bytes, ticks of a millisecond. */
export interface DiskStats {
  readonly name: string
  readonly major: number
  readonly minor: number
  readonly stats: { readonly [C in Counter]?: number | bigint }
}

/** Devices in the file's order; a line that has no known format is passed over. */
export function parseDiskstats(text: string): DiskStats[] {
  return text.split('\n').flatMap((line) => {
    const [major, minor, name, ...counters] = line.trim().split(/\s+/)
    if (name === undefined || counters.length < OLD_PARTITION.length) return []
    if (![major, minor, ...counters].every(isDigits)) return []
    return [{ name, major: Number(major), minor: Number(minor), stats: statsOf(counters) }]
  })
}

function statsOf(counters: readonly string[]): DiskStats['stats'] {
  if (counters.length === OLD_PARTITION.length) return named(OLD_PARTITION, counters)
  const extent = EXTENTS.find((count) => counters.length >= count) ?? 0
  return named(COUNTERS.slice(0, extent), counters)
}

function named(names: readonly Counter[], counters: readonly string[]): DiskStats['stats'] {
  const stats: { [C in Counter]?: number | bigint } = {}
  for (const [i, name] of names.entries()) stats[name] = integer(counters[i] as string)
  return stats
}

function isDigits(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text)
}

/** Fifteen digits are always below 2^53. */
function integer(digits: string): number | bigint {
  return digits.length <= 15 ? Number(digits) : BigInt(digits)
}
