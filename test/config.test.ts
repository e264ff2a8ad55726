// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import {
  builtInSettings,
  mergeSettings,
  parseConfig,
  splitList,
  useInheritedSocket,
  withDevicePath,
} from '../src/config.ts'
import { InvalidArguments } from '../src/errors.ts'
import { observedDefaults } from './harness/observed-starts.ts'
import { OWN_DEFAULTS } from './harness/own-defaults.ts'

const base = builtInSettings(observedDefaults)

function configOf(settings: object) {
  const parsed = parseConfig({ ...base, ...settings }, observedDefaults)
  if ('bad' in parsed) throw new Error(`${parsed.bad.key}=${parsed.bad.value}`)
  return parsed.config
}

describe('mergeSettings()', () => {
  test('lets the last layer win', () => {
    expect(mergeSettings([{ path: 'a', method: 'm' }, { path: 'b' }, { path: '' }])).toEqual({
      path: '',
      method: 'm',
    })
  })

  test('accumulates lists', () => {
    const layers = [{ 'block-rpcs': ['b', 'a'] }, { 'allow-rpcs': [] }, { 'block-rpcs': ['c'] }]
    expect(mergeSettings(layers)).toEqual({ 'block-rpcs': ['b', 'a', 'c'], 'allow-rpcs': [] })
  })

  test('leaves on what was switched on', () => {
    expect(
      mergeSettings([
        { daemon: true, verbose: false },
        { daemon: false, verbose: true },
      ]),
    ).toEqual({ daemon: true, verbose: true })
  })
})

describe('splitList()', () => {
  test.each([
    ['', []],
    [',', ['', '']],
    ['a', ['a']],
    ['a,b', ['b', 'a']],
    [' a ,b;c', ['b;c', ' a ']],
    ['help', ['help']],
  ])('splits %j back to front', (text, names) => expect(splitList(text)).toEqual(names))
})

describe('withDevicePath()', () => {
  test('fills in the device of the method, and leaves a given path alone', () => {
    expect(withDevicePath({ method: 'isa-serial' }, observedDefaults).path).toBe('/dev/ttyS0')
    expect(withDevicePath({ method: 'isa-serial', path: '' }, observedDefaults).path).toBe('')
    expect(withDevicePath({ method: 'carrier-pigeon', path: '/x' }, observedDefaults).path).toBe(
      '/x',
    )
  })

  test.each(['unix-listen', 'vsock-listen', 'carrier-pigeon', '', 'constructor'])(
    'refuses %j without a path',
    (method) => {
      expect(() => withDevicePath({ method }, observedDefaults)).toThrow(
        new InvalidArguments('must specify a path for this channel'),
      )
    },
  )
})

test('useInheritedSocket() drops the path', () => {
  expect(
    useInheritedSocket({ method: 'isa-serial', path: '/x', pidfile: '/p' }, 'unix-listen'),
  ).toEqual({ method: 'unix-listen', pidfile: '/p' })
})

describe('parseConfig()', () => {
  test('has a value for each of our own keys', () => {
    expect(configOf({})).toEqual({
      daemon: false,
      method: 'virtio-serial',
      pidfile: '/var/run/qemu-ga.pid',
      statedir: '/var/run',
      verbose: false,
      'retry-path': false,
      'block-rpcs': [],
      'allow-rpcs': [],
      ...OWN_DEFAULTS,
    })
  })

  test.each([
    ['file-create-mode', '0644', 0o644],
    ['file-create-mode', '666', 0o666],
    ['file-create-mode', '0000', 0],
    ['file-create-mode', '0600 ', 0o600],
    ['max-file-handles', '1', 1],
    ['max-exec-jobs', '1000000', 1_000_000],
    ['max-exec-output', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['max-exec-output', '010', 10],
  ])('reads %s=%s', (key, text, value) => {
    expect(configOf({ [key]: text })).toHaveProperty([key], value)
  })

  test.each([
    ['file-create-mode', '0888'],
    ['file-create-mode', '1777'],
    ['file-create-mode', '0o644'],
    ['file-create-mode', '44'],
    ['file-create-mode', ''],
    ['file-create-mode', 'u=rw'],
  ] as const)('refuses %s=%s', (key, value) => {
    expect(parseConfig({ ...base, [key]: value }, observedDefaults)).toEqual({
      bad: { key, value, expected: 'expected octal file permissions such as 0644' },
    })
  })

  test.each([
    ['max-file-handles', '0'],
    ['max-file-handles', '-1'],
    ['max-file-handles', '1000001'],
    ['max-file-handles', '1e3'],
    ['max-exec-jobs', '0x10'],
    ['max-exec-jobs', ''],
    ['max-exec-jobs', '1.5'],
    ['max-exec-output', '9007199254740992'],
    ['max-exec-output', '256M'],
  ] as const)('refuses %s=%s', (key, value) => {
    expect(parseConfig({ ...base, [key]: value }, observedDefaults)).toEqual({
      bad: {
        key,
        value,
        expected: expect.stringMatching(/^expected a whole number from 1 to \d+$/),
      },
    })
  })
})
