// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { command, type Handlers, type Owed } from '../../src/schema/command.ts'
import { all, any, type Condition, holds, not } from '../../src/schema/condition.ts'
import { empty, int, none, optional, str, struct } from '../../src/schema/qapi.ts'

describe('holds()', () => {
  const symbols = new Set(['CONFIG_LINUX', 'CONFIG_POSIX'])
  const cases: readonly [Condition | undefined, boolean][] = [
    [undefined, true],
    ['CONFIG_LINUX', true],
    ['CONFIG_WIN32', false],
    [any('CONFIG_WIN32', 'CONFIG_LINUX'), true],
    [any('CONFIG_WIN32', 'CONFIG_FREEBSD'), false],
    [any(), false],
    [all('CONFIG_POSIX', 'CONFIG_LINUX'), true],
    [all('CONFIG_POSIX', 'CONFIG_WIN32'), false],
    [all(), true],
    [not('CONFIG_WIN32'), true],
    [not('CONFIG_LINUX'), false],
    [all(any('CONFIG_WIN32', 'CONFIG_POSIX'), not(all('CONFIG_LINUX', 'CONFIG_FSTRIM'))), true],
    [any(all('CONFIG_LINUX', 'CONFIG_WIN32'), not('CONFIG_POSIX')), false],
  ]
  for (const [condition, expected] of cases) {
    test(`${JSON.stringify(condition) ?? 'no condition'} is ${expected}`, () => {
      expect(holds(condition, symbols)).toBe(expected)
    })
  }
})

/** A family as a module exports it: helpers beside the commands do not count. */
const family = {
  ping: command({ name: 'ping', since: '1.0', args: () => none, returns: () => empty }),
  freeze: command({
    name: 'freeze',
    since: '1.0',
    if: any('CONFIG_WIN32', 'CONFIG_FSFREEZE'),
    args: () => none,
    returns: () => int,
  }),
  diskstats: command({
    name: 'diskstats',
    since: '1.0',
    if: 'CONFIG_LINUX',
    args: () => none,
    returns: () => struct({ name: str, serial: optional(str) }),
  }),
  devices: command({
    name: 'devices',
    since: '1.0',
    if: 'CONFIG_WIN32',
    args: () => none,
    returns: () => empty,
  }),
  shutdown: command({
    name: 'shutdown',
    since: '1.0',
    if: all('CONFIG_POSIX', not('CONFIG_FREEBSD')),
    args: () => none,
    returns: () => empty,
    reply: 'errors-only',
  }),
  elsewhere: command({
    name: 'elsewhere',
    since: '1.0',
    if: all('CONFIG_POSIX', not('CONFIG_LINUX')),
    args: () => none,
    returns: () => empty,
  }),
  helper: () => 1,
}
type Family = typeof family

/** `true` when both types are the same; only then does a constant of it take the value true. */
type Same<A, B> = [A, B] extends [B, A] ? true : false

describe('Handlers', () => {
  test('asks for the commands whose condition may hold on the system', () => {
    const onLinux: Same<Owed<Family, 'linux'>, 'ping' | 'freeze' | 'diskstats' | 'shutdown'> = true
    const onWindows: Same<Owed<Family, 'windows'>, 'ping' | 'freeze' | 'devices'> = true
    // @ts-expect-error this proof is able to fail
    const incomplete: Same<Owed<Family, 'windows'>, 'ping' | 'freeze'> = true
    expect([onLinux, onWindows, incomplete]).toHaveLength(3)

    const linux: Handlers<Family, 'linux'> = {
      ping: () => ({}),
      freeze: async () => 2n,
      diskstats: () => ({ name: 'vda' }),
      shutdown: () => {},
    }
    const windows: Handlers<Family, 'windows'> = {
      ping: () => ({}),
      freeze: () => 1,
      devices: () => ({}),
    }
    expect(Object.keys(linux)).not.toEqual(Object.keys(windows))
  })

  test('does not compile when a handler is missing', () => {
    // @ts-expect-error ping
    const missing: Handlers<Family, 'windows'> = { freeze: () => 1, devices: () => ({}) }
    expect(missing).not.toHaveProperty('ping')
  })

  test('does not compile when a handler is not owed', () => {
    const stray: Handlers<Family, 'windows'> = {
      ping: () => ({}),
      freeze: () => 1,
      devices: () => ({}),
      // @ts-expect-error owed on Linux only
      diskstats: () => ({ name: 'vda' }),
    }
    expect(stray).toHaveProperty('diskstats')
  })

  test('does not compile when a result has another shape', () => {
    type Linux = Handlers<Family, 'linux'>
    // @ts-expect-error text for an integer
    const text: Linux['freeze'] = () => 'two'
    // @ts-expect-error an optional member is absent, not null
    const nothing: Linux['diskstats'] = () => ({ name: 'vda', serial: null })
    // @ts-expect-error nor undefined
    const undef: Linux['diskstats'] = () => ({ name: 'vda', serial: undefined })
    // @ts-expect-error nobody reads the result of a command that is silent on success
    const loud: Linux['shutdown'] = async () => ({ done: true })
    expect([text, nothing, undef, loud]).toHaveLength(4)
  })

  test('does not ask for what a system declares pending', () => {
    const some: Handlers<Family, 'windows', 'freeze' | 'devices'> = { ping: () => ({}) }
    expect(Object.keys(some)).toEqual(['ping'])
  })
})
