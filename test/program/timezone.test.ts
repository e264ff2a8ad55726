// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { PLAIN_ENV } from '../harness/agent.ts'
import { call, serving } from '../harness/program.ts'

interface Zone {
  readonly zone: string
  readonly offset: number
}

async function zone(env: Record<string, string>): Promise<Zone> {
  using agent = await serving({ env: { ...PLAIN_ENV, ...env } })
  return await call<Zone>(agent.socket, 'guest-get-timezone')
}

test.each([
  ['UTC0', 'UTC', 0],
  ['XYZ-3', 'XYZ', 3 * 3600],
  ['XYZ+3:30', 'XYZ', -3.5 * 3600],
  ['<+0545>-5:45', '+0545', 5.75 * 3600],
  ['<-12>12', '-12', -12 * 3600],
  ['LONGZONENAME-14', 'LONGZONENAME', 14 * 3600],
])('TZ=%s', async (tz, name, offset) => {
  expect(await zone({ TZ: tz })).toEqual({ zone: name, offset })
})

test('an empty TZ is UTC', async () => {
  expect(await zone({ TZ: '' })).toEqual({ zone: 'UTC', offset: 0 })
})

test.each(['Nowhere/Never', ':', '/nonexistent', 'x', '\u{1f600}'])(
  'TZ=%s, which is no zone, has the offset of UTC',
  async (tz) => {
    expect((await zone({ TZ: tz })).offset).toBe(0)
  },
)

test('without TZ it is the zone of the system', async () => {
  const system = (await Bun.$`env -u TZ date "+%Z %z"`.text()).trim().split(' ')
  const [, sign, hours, minutes] = /([+-])(\d\d)(\d\d)/.exec(system[1] as string) ?? []
  const seconds = (Number(hours) * 60 + Number(minutes)) * 60
  const found = await zone({})
  expect(found.zone).toBe(system[0] as string)
  expect(Math.abs(found.offset)).toBe(seconds)
  if (seconds > 0) expect(Math.sign(found.offset)).toBe(sign === '-' ? -1 : 1)
})

const hasZones = existsSync('/usr/share/zoneinfo/Asia/Kathmandu')
test.if(hasZones)('a zone by its name', async () => {
  expect(await zone({ TZ: 'Asia/Kathmandu' })).toEqual({ zone: '+0545', offset: 20700 })
})
