// SPDX-License-Identifier: Apache-2.0
/** `qga doctor` of the built executable, and what it makes of systems that this one is not. */
import { describe, expect, test } from 'bun:test'
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs'
import { selinuxFindings } from '../../platform/linux/doctor/selinux.ts'
import { holdersOf, isOurs, otherAgents } from '../../platform/linux/port-holders.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { fileSystemsForAll, status } from '../harness/freezing.ts'
import { canMount } from '../harness/loop-mounts.ts'
import { needs } from '../harness/needs.ts'
import { run, Scratch, serving } from '../harness/program.ts'

interface Report {
  readonly ready: boolean
  readonly verdict: string
  readonly findings: readonly { about: string; level: string; text: string }[]
  readonly commands: readonly { name: string; enabled: boolean; reason?: string }[]
  readonly symbols: readonly string[]
  readonly freeze: { readonly covered: readonly { mountpoint: string }[] }
}

async function doctor(...options: string[]) {
  const ended = await run([EXECUTABLE, 'doctor', '--json', '--', ...options])
  const report = JSON.parse(ended.stdout) as Report
  return { report, exitCode: ended.exitCode }
}

const held = fileSystemsForAll()

describe.if(needs('root'))('qga doctor', () => {
  test.if(canMount)('finds a guest ready, and what a freeze would cover', async () => {
    using scratch = new Scratch()
    using agent = await serving()
    const { report, exitCode } = await doctor('-m', 'unix-listen', '-p', scratch.file('s'))
    expect(report.verdict).toBe('ready for backups')
    expect({ ready: report.ready, exitCode }).toEqual({ ready: true, exitCode: 0 })
    const covered = report.freeze.covered.map(({ mountpoint }) => mountpoint)
    for (const point of Object.values(held.all)) expect(covered).toContain(point)
    // What lies on another is frozen first.
    expect(covered.indexOf(held.all.inner)).toBeLessThan(covered.indexOf(held.all.ext4))
    expect(report.symbols).toContain('CONFIG_FSFREEZE')
    expect(await status(agent.socket)).toBe('thawed')
  })

  test('names the file and the line that refuse a command', async () => {
    using scratch = new Scratch()
    const file = scratch.file('conf')
    writeFileSync(
      file,
      '[general]\nmethod=unix-listen\npath=/tmp/s\n# list\nblacklist=guest-exec,guest-fsfreeze-freeze,guest-exce\ncolour=red\n',
    )
    const { report, exitCode } = await doctor('-c', file, '-b', 'guest-exec')
    const reasonOf = (name: string) => report.commands.find((one) => one.name === name)?.reason
    expect(reasonOf('guest-exec')).toBe(`blocked by ${file}:5: blacklist and the options`)
    expect(report.verdict).toBe(
      `not ready for backups: guest-fsfreeze-freeze: blocked by ${file}:5: blacklist`,
    )
    expect(exitCode).toBe(1)
    const warnings = report.findings.filter(({ level }) => level === 'warning')
    expect(warnings.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        `${file}: unknown key “colour” is ignored`,
        `${file}:5: blacklist: no command is called "guest-exce"`,
      ]),
    )
    const allowing = await doctor('-c', file, '-a', 'guest-ping')
    expect(allowing.report.commands.find(({ name }) => name === 'guest-info')?.reason).toBe(
      'not among the allowed of the options',
    )
  })

  test('shows the rules, and those that will match nothing', async () => {
    using scratch = new Scratch()
    chmodSync(scratch.path, 0o755)
    symlinkSync('conf', scratch.file('link'))
    writeFileSync(scratch.file('conf'), '', { mode: 0o666 })
    chmodSync(scratch.file('conf'), 0o666)
    const { report } = await doctor(
      `--allow-file-read=/etc/,${scratch.file('link')}`,
      '--allow-file-write=',
      `--allow-exec=${scratch.file('conf')}`,
    )
    const rules = report.findings.filter(({ about }) => about === 'rules')
    expect(rules.map(({ level, text }) => `${level}: ${text}`)).toEqual([
      `ok: allow-file-read: ${scratch.file('link')}, /etc/`,
      'ok: allow-file-write: nothing',
      `ok: allow-exec: ${scratch.file('conf')}`,
      `warning: allow-file-read: ${scratch.file('link')} matches nothing, for it is ${scratch.file('conf')}`,
      `warning: allow-exec: ${scratch.file('conf')} is refused: it can be written by others than root`,
    ])
  })

  test('shows the ways round the rules', async () => {
    const waysRound = async (...options: string[]) => {
      const { report: told } = await doctor(...options)
      const warnings = told.findings.filter(({ about, level }) => about + level === 'ruleswarning')
      return warnings.map(({ text }) => text)
    }
    const anything = 'guest-exec may run any program, which can do what the other rules refuse'
    const anywhere = 'guest-file-open may write any file, programs and the configuration too'
    expect(await waysRound('--allow-users=')).toEqual([anything, anywhere])
    expect(await waysRound('--allow-users=', '-b', 'guest-exec,guest-file-open')).toEqual([])
    expect(await waysRound('--allow-exec=/none/a')).toEqual([anywhere])
    const lets = 'allow-file-write lets'
    const rules = ['--allow-exec=/none/bin/a,/none/', '--allow-file-write=/none/bin/,/etc/qemu/']
    expect(await waysRound(...rules, '-F/etc/qemu/hook')).toEqual([
      `${lets} /none/ be written, which may be run`,
      `${lets} /none/bin/a be written, which may be run`,
      `${lets} /etc/qemu/qemu-ga.conf be written, which decides over the agent`,
      `${lets} /etc/qemu/hook be written, which decides over the agent`,
    ])
  })

  test('misses a port, a hook, a configuration', async () => {
    using scratch = new Scratch()
    const path = scratch.file('port')
    const about = async (...options: string[]) => {
      const { report } = await doctor(...options)
      return report.findings.filter(({ level }) => level === 'missing').map(({ text }) => text)
    }
    expect(await about('-p', path)).toContain(
      `${path} is not there: give the machine a virtio-serial port of that name`,
    )
    const unix = ['-m', 'unix-listen', '-p', scratch.file('s')]
    expect(await about(...unix, `-F${path}`)).toEqual([`${path} is not there`])
    writeFileSync(path, '#!/bin/sh\n')
    chmodSync(path, 0o777)
    expect(await about(...unix, `-F${path}`)).toEqual([
      `${path}: owner 0:0, mode 0777: Cannot execute fsfreeze hook "${path}": it can be written by others than root`,
    ])
    expect(await about('-c', scratch.file('none'))).toContain(
      `error loading configuration from path: ${scratch.file('none')}, No such file or directory`,
    )
  })

  test('names who holds the port', async () => {
    using scratch = new Scratch()
    const path = scratch.file('port')
    writeFileSync(path, '')
    const fd = openSync(path, 'r')
    try {
      const { report } = await doctor('-p', path)
      expect(report.verdict).toContain(`${path} is held by process ${process.pid} (`)
      expect(report.verdict).toContain('which is another program')
    } finally {
      closeSync(fd)
    }
  })

  test('prints the same for people', async () => {
    const { stdout, exitCode } = await run([EXECUTABLE, 'doctor', '--', '-p', '/nonexistent'])
    expect(exitCode).toBe(1)
    expect(stdout).toContain('\nsymbols: CONFIG_FSFREEZE ')
    expect(stdout.trimEnd().split('\n').at(-1)).toStartWith('not ready for backups: channel: ')
  })
})

test('holders are found through links, whatever their name says', () => {
  using scratch = new Scratch()
  const device = scratch.file('vport0p1')
  writeFileSync(device, '')
  symlinkSync(device, scratch.file('by-name'))
  mkdirSync(scratch.file('proc/12/fd'), { recursive: true })
  symlinkSync(device, scratch.file('proc/12/fd/7'))
  symlinkSync('/usr/sbin/qemu-ga', scratch.file('proc/12/exe'))
  writeFileSync(scratch.file('proc/12/cmdline'), 'qemu-ga\0-v\0')
  mkdirSync(scratch.file('proc/13'))
  const [holder, ...others] = holdersOf(scratch.file('by-name'), scratch.file('proc'))
  expect(others).toEqual([])
  expect(holder).toEqual({ pid: 12, program: '/usr/sbin/qemu-ga', args: ['-v'] })
  expect(otherAgents(scratch.file('proc')).map(({ pid }) => pid)).toEqual([12])
  expect(isOurs({ pid: 12, program: '/usr/sbin/qemu-ga', args: [] })).toBe(false)
  expect(isOurs({ pid: 12, program: '/usr/sbin/qga (deleted)', args: [] })).toBe(true)
})

test('SELinux that enforces is named with the switches that are off', () => {
  const files: Record<string, string> = {
    '/sys/fs/selinux/enforce': '1',
    '/sys/fs/selinux/booleans/virt_qemu_ga_run_unconfined': '0 0',
    '/sys/fs/selinux/booleans/virt_qemu_ga_manage_ssh': '1 1',
  }
  const texts = (read: (path: string) => string | undefined) =>
    selinuxFindings(read).map(({ level, text }) => `${level}: ${text}`)
  expect(texts((path) => files[path])).toEqual([
    'warning: enforcing: the agent was never tried under it',
    'warning: virt_qemu_ga_run_unconfined is off: guest-exec and hooks run confined; setsebool -P virt_qemu_ga_run_unconfined on',
  ])
  expect(texts(() => '0')).toEqual(['ok: permissive: it refuses nothing'])
  expect(texts(() => undefined)).toEqual(['ok: not there'])
})
