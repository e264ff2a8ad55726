// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { parseUtmp } from '../../../../platform/linux/parse/utmp.ts'
import { utmpRecord } from '../../../harness/utmp.ts'

describe.each(['x64', 'arm64'] as const)('parseUtmp() of %s', (arch) => {
  const parse = (...records: Parameters<typeof utmpRecord>[0][]) =>
    parseUtmp(Buffer.from(records.map((one) => utmpRecord(one, arch)).join(''), 'latin1'), arch)

  test('finds the records of users', () => {
    const logins = parse(
      { type: 2, user: 'reboot', seconds: 1 },
      { user: 'alice', seconds: 1_700_000_000, microseconds: 999_999 },
      { type: 8, user: 'gone', seconds: 2 },
    )
    expect(logins).toEqual([{ user: 'alice', sinceUs: 1_700_000_000_999_999n }])
  })

  test('ends a name of 32 bytes where the member ends', () => {
    const user = 'x'.repeat(32)
    expect(parse({ user, seconds: 1 })).toEqual([{ user, sinceUs: 1_000_000n }])
  })

  test('passes over half a record at the end', () => {
    const whole = Buffer.from(utmpRecord({ user: 'alice', seconds: 1 }, arch), 'latin1')
    expect(parseUtmp(Buffer.concat([whole, whole.subarray(0, 300)]), arch)).toHaveLength(1)
    expect(parseUtmp(Buffer.alloc(0), arch)).toEqual([])
  })
})
