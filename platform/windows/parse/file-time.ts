// SPDX-License-Identifier: Apache-2.0
/** FILETIME: units of 100 ns since 1601-01-01 UTC. */

const UNITS_TO_1970 = 116_444_736_000_000_000n
const NANOSECONDS = 100n
const UNITS_PER_SECOND = 1e7
const INT64_MAX = 2n ** 63n - 1n

/** Nanoseconds since 1970-01-01 UTC. */
export function nanoseconds(fileTime: bigint): bigint {
  return (fileTime - UNITS_TO_1970) * NANOSECONDS
}

/** Seconds since 1970-01-01 UTC. */
export function seconds(fileTime: bigint): number {
  return Number(fileTime - UNITS_TO_1970) / UNITS_PER_SECOND
}

/** The FILETIME of nanoseconds since 1970-01-01 UTC; undefined when it has none. */
export function fileTime(time: bigint): bigint | undefined {
  const units = time / NANOSECONDS
  return time < 0n || units > INT64_MAX - UNITS_TO_1970 ? undefined : units + UNITS_TO_1970
}
