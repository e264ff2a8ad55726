// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { parseNvmeSmart, SMART_LOG_BYTES } from '../../../../platform/linux/parse/nvme-smart.ts'

test('parseNvmeSmart() has every member from its place', () => {
  const log = Buffer.alloc(SMART_LOG_BYTES)
  Buffer.from([0x04, 0x43, 0x01, 0x64, 0x0a, 0x03]).copy(log)
  for (let i = 0; i < 20; i++) log.writeBigUInt64LE(BigInt(i + 1), 32 + 8 * i)
  log.writeBigUInt64LE(0xffff_ffff_ffff_fffen, 32)
  expect(parseNvmeSmart(log)).toEqual({
    'critical-warning': 4,
    temperature: 323,
    'available-spare': 100,
    'available-spare-threshold': 10,
    'percentage-used': 3,
    'data-units-read-lo': 0xffff_ffff_ffff_fffen,
    'data-units-read-hi': 2n,
    'data-units-written-lo': 3n,
    'data-units-written-hi': 4n,
    'host-read-commands-lo': 5n,
    'host-read-commands-hi': 6n,
    'host-write-commands-lo': 7n,
    'host-write-commands-hi': 8n,
    'controller-busy-time-lo': 9n,
    'controller-busy-time-hi': 10n,
    'power-cycles-lo': 11n,
    'power-cycles-hi': 12n,
    'power-on-hours-lo': 13n,
    'power-on-hours-hi': 14n,
    'unsafe-shutdowns-lo': 15n,
    'unsafe-shutdowns-hi': 16n,
    'media-errors-lo': 17n,
    'media-errors-hi': 18n,
    'number-of-error-log-entries-lo': 19n,
    'number-of-error-log-entries-hi': 20n,
  })
})
