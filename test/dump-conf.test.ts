// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { readConfigFile } from '../src/config-file.ts'
import { dumpConf } from '../src/dump-conf.ts'
import { parseKeyFile } from '../src/key-file.ts'

// Observed 11.1.3, of a start with every option; more in test/fixtures/linux/startup.
const EVERYTHING = `[general]
daemon=true
method=isa-serial
path=/dev/ttyS0
logfile=/l
pidfile=/pf
fsfreeze-hook=/etc/qemu/fsfreeze-hook
statedir=/st
verbose=true
retry-path=true
block-rpcs=b,a,c
allow-rpcs=
`

const settings = {
  'allow-rpcs': [],
  'block-rpcs': ['b', 'a', 'c'],
  'retry-path': true,
  verbose: true,
  statedir: '/st',
  'fsfreeze-hook': '/etc/qemu/fsfreeze-hook',
  pidfile: '/pf',
  logfile: '/l',
  path: '/dev/ttyS0',
  method: 'isa-serial',
  daemon: true,
}

test('dumpConf() writes upstream’s keys in upstream’s order', () => {
  expect(dumpConf(settings)).toBe(EVERYTHING)
})

test('dumpConf() leaves out what is not set', () => {
  const { path: _path, logfile: _logfile, 'fsfreeze-hook': _hook, ...others } = settings
  expect(dumpConf(others)).toBe(EVERYTHING.replace(/(path=\/dev|logfile|fsfreeze-hook).*\n/g, ''))
})

test('dumpConf() writes our own keys after upstream’s, as they were spelled', () => {
  expect(dumpConf({ 'max-exec-jobs': '007', 'file-create-mode': '666', ...settings })).toBe(
    `${EVERYTHING}file-create-mode=666\nmax-exec-jobs=007\n`,
  )
})

test('dumpConf() escapes a list as one value', () => {
  expect(dumpConf({ 'block-rpcs': [' b', ' a\\', ''] })).toBe(
    '[general]\nblock-rpcs=\\sb, a\\\\,\n',
  )
})

test('dumpConf() writes what readConfigFile() reads', () => {
  const file = parseKeyFile(dumpConf({ path: ' \t\\x\n', 'max-exec-output': '9' }))
  expect(readConfigFile(file, 'x')).toEqual({
    settings: { path: ' \t\\x\n', 'max-exec-output': '9' },
    warnings: [],
  })
})
