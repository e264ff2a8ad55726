// SPDX-License-Identifier: Apache-2.0
/**
 * The SMART / health information log of an NVMe controller: page 02h, 512 bytes, little-endian
 * (NVM Express base specification, "SMART / Health Information").
 *
 *     00 43 01 64 0a 00 …   no warning, 323 K, 100 % of the spare left, threshold 10 %, 0 % used
 *     at 32: 16-byte counters, from data units read to error log entries
 */

export const SMART_LOG_BYTES = 512

const COUNTERS = [
  'data-units-read',
  'data-units-written',
  'host-read-commands',
  'host-write-commands',
  'controller-busy-time',
  'power-cycles',
  'power-on-hours',
  'unsafe-shutdowns',
  'media-errors',
  'number-of-error-log-entries',
] as const
const COUNTERS_AT = 32

type Half = `${(typeof COUNTERS)[number]}-${'lo' | 'hi'}`

/** Temperature in kelvin, percentages, and counters as two halves of 64 bits. */
export type NvmeSmart = { readonly [H in Half]: bigint } & {
  readonly 'critical-warning': number
  readonly temperature: number
  readonly 'available-spare': number
  readonly 'available-spare-threshold': number
  readonly 'percentage-used': number
}

export function parseNvmeSmart(log: Buffer): NvmeSmart {
  const halves: { [H in Half]?: bigint } = {}
  for (const [i, counter] of COUNTERS.entries()) {
    const at = COUNTERS_AT + 16 * i
    halves[`${counter}-lo`] = log.readBigUInt64LE(at)
    halves[`${counter}-hi`] = log.readBigUInt64LE(at + 8)
  }
  return {
    'critical-warning': log.readUInt8(0),
    temperature: log.readUInt16LE(1),
    'available-spare': log.readUInt8(3),
    'available-spare-threshold': log.readUInt8(4),
    'percentage-used': log.readUInt8(5),
    ...(halves as { [H in Half]: bigint }),
  }
}
