// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { builtInSettings, CONFIG_KEYS, parseConfig } from '../src/config.ts'
import { OPTIONS } from '../src/option-table.ts'
import { findConfigPath, helpText, readOptions } from '../src/options.ts'
import { observedDefaults } from './harness/observed-starts.ts'

function read(...args: string[]) {
  return readOptions('PROG', args, observedDefaults)
}

function settingsOf(...args: string[]) {
  const outcome = read(...args)
  return outcome.kind === 'settings' ? outcome.settings : outcome
}

describe('OPTIONS', () => {
  test('has an option for every key', () => {
    expect(new Set(OPTIONS.flatMap(({ key }) => key ?? []))).toEqual(new Set(CONFIG_KEYS))
  })

  test('uses no name twice', () => {
    const names = OPTIONS.flatMap(({ short, long }) => [short ?? [], long ?? []].flat())
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('findConfigPath()', () => {
  test('finds the last -c, and collects every complaint', () => {
    expect(
      findConfigPath('PROG', ['x', '-z', '-c', '/a', '-vc/b', '--q'], observedDefaults),
    ).toEqual({
      configPath: '/b',
      stderr: "PROG: invalid option -- 'z'\nPROG: unrecognized option '--q'\n",
      args: ['-z', '-c', '/a', '-vc/b', '--q', 'x'],
    })
    expect(findConfigPath('PROG', [], observedDefaults)).not.toHaveProperty('configPath')
  })
})

describe('-s, where there are service commands', () => {
  const windows = { ...observedDefaults, hasServiceCommands: true } as const

  test.each([
    [['-v', '-p', 'x', '-s', 'install', '-l', 'y'], 'install', ['-v', '-p', 'x']],
    [['-suninstall'], 'uninstall', []],
    [['--service', 'vss-install'], 'vss-install', []],
    [['--service=install', '-v'], 'install', []],
  ])('%j acts at once, with what comes before it', (args, command, before) => {
    expect(readOptions('PROG', args, windows)).toEqual({ kind: 'service', command, args: before })
  })

  test('elsewhere it is taken, and does nothing', () => {
    expect(readOptions('PROG', ['-s', 'install', '-v'], observedDefaults).kind).toBe('settings')
    expect(readOptions('PROG', ['--service', 'install'], observedDefaults).kind).toBe('refused')
  })
})

describe('readOptions()', () => {
  test('collects settings: the last wins, lists accumulate', () => {
    const args = '-d -v -r -m a --path=b -l c -f d -t e -mz -b a,b -a c,d --block-rpcs e -s q'
    expect(read(...args.split(' '))).toEqual({
      kind: 'settings',
      isDump: false,
      settings: {
        daemon: true,
        verbose: true,
        'retry-path': true,
        method: 'z',
        path: 'b',
        logfile: 'c',
        pidfile: 'd',
        statedir: 'e',
        'block-rpcs': ['b', 'a', 'e'],
        'allow-rpcs': ['d', 'c'],
      },
    })
  })

  test('takes the hook attached, else the usual one', () => {
    expect(settingsOf('-F', '/x')).toEqual({ 'fsfreeze-hook': '/etc/qemu/fsfreeze-hook' })
    expect(settingsOf('-F', '-F/x')).toEqual({ 'fsfreeze-hook': '/x' })
    expect(settingsOf('--fsfreeze-hook=')).toEqual({ 'fsfreeze-hook': '' })
  })

  test('takes old names and our own in full only', () => {
    expect(settingsOf('--blacklist=a,b', '--max-exec-output', '9')).toEqual({
      'block-rpcs': ['b', 'a'],
      'max-exec-output': '9',
    })
    expect(settingsOf('--m=x', '--f=y')).toEqual({ method: 'x', 'fsfreeze-hook': 'y' })
    expect(settingsOf('--blackl=a')).toEqual({
      kind: 'refused',
      diagnostic: "PROG: unrecognized option '--blackl=a'",
    })
  })

  test.each([
    [['-b', 'help'], 'list-commands'],
    [['--allow-rpcs=?'], 'list-commands'],
    [['--blacklist=help'], 'list-commands'],
    [['-b', 'help,x'], 'settings'],
    [['-p', 'help'], 'settings'],
    [['-V', '-z'], 'version'],
    [['-z', '-V'], 'refused'],
    [['-D', '-h'], 'help'],
    [['-D'], 'settings'],
  ])('ends %j as %s', (args, kind) => expect(read(...args).kind as string).toBe(kind))
})

describe('helpText()', () => {
  const help = helpText('./PROG', 'QEMU Guest Agent 11.1.0 (qga 1.2.3)', observedDefaults)

  test('begins as upstream’s does', () => {
    expect(help).toStartWith(
      'Usage: ./PROG [-m <method> -p <path>] [<options>]\nQEMU Guest Agent 11.1.0 (qga 1.2.3)\n\n',
    )
  })

  test('shows every option but the old names, and the defaults of the system', () => {
    for (const { long } of OPTIONS) {
      if (long !== undefined && long !== 'blacklist') expect(help).toContain(` --${long}`)
    }
    expect(help).not.toContain('blacklist')
    const { configPath, pidfile, statedir, fsfreezeHook, devicePaths } = observedDefaults
    for (const path of [
      configPath,
      pidfile,
      statedir,
      fsfreezeHook,
      ...Object.values(devicePaths),
    ]) {
      expect(help).toContain(path)
    }
    expect(help).not.toMatch(/[{}]/)
  })

  test('states the defaults that parseConfig() gives', () => {
    const parsed = parseConfig(builtInSettings(observedDefaults), observedDefaults)
    if ('bad' in parsed) throw new Error(parsed.bad.key)
    for (const { key, exact, help: text } of OPTIONS) {
      if (key === undefined || exact === undefined || text === undefined) continue
      const value = parsed.config[key] as number | readonly string[] | undefined
      const spelled =
        key === 'file-create-mode' ? `0${(value as number).toString(8)}` : String(value)
      // A rule that is not there forbids nothing.
      const absent = key === 'vss-backup-type' ? 'as the registry has it, else full' : 'all'
      const shown = value === undefined ? absent : spelled === '' ? 'none' : spelled
      expect(text).toEndWith(`(default: ${shown})`)
    }
  })

  test('fits a terminal', () => {
    const longest = Math.max(...help.split('\n').map(({ length }) => length))
    expect(longest).toBeLessThanOrEqual(80)
  })
})
