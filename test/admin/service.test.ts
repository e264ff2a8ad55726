// SPDX-License-Identifier: Apache-2.0
/** What the files of an installation promise. */
import { describe, expect, test } from 'bun:test'
import { linux } from '../../platform/linux/backend.ts'
import {
  installedFiles,
  optionsFile,
  readOnlyOptions,
  splitWords,
} from '../../platform/linux/install/files.ts'
import { missingFlags } from '../../platform/linux/install/requirements.ts'
import { Policy } from '../../src/agent/policy.ts'
import { listsOf } from '../../src/commands.ts'
import { CONFIG_KEYS } from '../../src/config.ts'
import { readConfigFile } from '../../src/config-file.ts'
import { parseKeyFile } from '../../src/key-file.ts'
import { contract } from '../../src/schema/contract.ts'
import { startup } from '../../src/startup.ts'

const textOf = (name: string) =>
  installedFiles('package').find(({ path }) => path.endsWith(`/${name}`))?.text ?? ''

test('the main unit shows programs the system as it is', () => {
  const settings = textOf('qga.service')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => line.slice(0, line.indexOf('=')))
  expect(
    settings.filter((key) =>
      /^(Private|Protect|ReadOnly|ReadWrite|Inaccessible|NoNew|SystemCall|UMask|Capab|Restrict|Memory|Device|User|Group)/.test(
        key,
      ),
    ),
  ).toEqual([])
  expect(settings).toContain('UnsetEnvironment')
})

test('the other one only reads, freezes, thaws and trims', () => {
  const start = startup({
    program: 'qga',
    args: readOnlyOptions(),
    configPath: '/nonexistent',
    defaults: linux.defaults,
    versionLine: '',
    pid: 1,
  })
  if (start.kind !== 'run') throw new Error(JSON.stringify(start))
  const policy = new Policy(listsOf(start.config))
  const enabled = contract.filter((command) => policy.isEnabled(command)).map(({ name }) => name)
  expect(
    enabled.filter((name) => !/^guest-(get-|network-get-|sync|ping$|info$)/.test(name)),
  ).toEqual([
    'guest-fsfreeze-status',
    'guest-fsfreeze-freeze',
    'guest-fsfreeze-freeze-list',
    'guest-fsfreeze-thaw',
    'guest-fstrim',
  ])
  expect(
    start.config['block-rpcs'].filter((name) => !contract.some((c) => c.name === name)),
  ).toEqual([])
})

test('the sample has every key, and can be read when nothing is a comment', () => {
  const sample = textOf('qemu-ga.conf.sample')
  const { settings, warnings } = readConfigFile(
    parseKeyFile(sample.replace(/^#(?=[a-z-]+=)/gm, '')),
    'sample',
  )
  expect(warnings).toEqual([])
  const keys = CONFIG_KEYS.filter((key) => !linux.defaults.unsupportedKeys?.includes(key))
  expect(Object.keys(settings).sort()).toEqual(keys.sort())
})

describe('options of the service', () => {
  test('come back as they were', () => {
    const args = ['-b', 'guest-exec', '--logfile=/var/log/x']
    const [, value = ''] = /^QGA_OPTIONS="(.*)"$/m.exec(optionsFile(args)) ?? []
    expect(splitWords(value)).toEqual(args)
  })
})

describe('requirements', () => {
  const flags = 'fpu sse sse2 ht pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm'

  test('are those of x86-64-v2', () => {
    expect(missingFlags(`processor\t: 0\nflags\t\t: ${flags}\n`)).toEqual([])
    // QEMU's kvm64.
    expect(missingFlags('flags\t\t: fpu sse sse2 pni cx16 lahf_lm\n')).toEqual([
      'popcnt',
      'sse4_1',
      'sse4_2',
      'ssse3',
    ])
    expect(missingFlags('Features\t: fp asimd\n')).toEqual([])
  })
})
