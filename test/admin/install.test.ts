// SPDX-License-Identifier: Apache-2.0
/** `qga install` and `qga uninstall` of the built executable, below a directory of the test's own. */
import { describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { EXECUTABLE } from '../harness/executable.ts'
import { Image } from '../harness/image.ts'
import { needs } from '../harness/needs.ts'
import { run } from '../harness/program.ts'

const SYSCONFIG = '/etc/sysconfig/qemu-ga'
const OPTIONS = '/etc/default/qga'

const SYSTEMD = [
  '/etc/default/qga',
  '/etc/qemu/fsfreeze-hook',
  '/etc/qemu/qemu-ga.conf.sample',
  '/etc/systemd/system/qemu-guest-agent.service',
  '/etc/systemd/system/qga-read-only.service',
  '/etc/systemd/system/qga.service',
  '/etc/udev/rules.d/60-qga.rules',
  '/usr/lib/systemd/systemd',
  '/usr/sbin/qemu-ga',
  '/usr/sbin/qga',
]

describe('qga install', () => {
  test('says each step, does it once, and is undone by uninstall', async () => {
    using image = new Image()
    const dry = await image.qga('install', '--dry-run')
    expect(image.files).toEqual(['/usr/lib/systemd/systemd'])
    const first = await image.qga('install')
    expect(first.exitCode).toBe(0)
    expect(first.lines.map((line) => `would ${line}`)).toEqual(dry.lines)
    expect(image.files).toEqual(SYSTEMD)
    expect(fs.readFileSync(image.at('/usr/sbin/qga')).equals(fs.readFileSync(EXECUTABLE))).toBe(
      true,
    )
    expect(fs.statSync(image.at('/usr/sbin/qga')).mode & 0o7777).toBe(0o755)
    expect(fs.readlinkSync(image.at('/usr/sbin/qemu-ga'))).toBe('qga')
    expect(fs.readlinkSync(image.at('/etc/systemd/system/qemu-guest-agent.service'))).toBe(
      'qga.service',
    )
    expect((await image.qga('install')).lines).toEqual(['nothing to do'])
    expect((await image.qga('uninstall')).exitCode).toBe(0)
    expect(image.files).toEqual(['/usr/lib/systemd/systemd'])
    expect((await image.qga('uninstall')).lines).toEqual(['nothing to do'])
  })

  test('leaves what an administrator has changed', async () => {
    using image = new Image()
    image.put('/etc/qemu/fsfreeze-hook', '#!/bin/sh\n')
    image.put(OPTIONS, 'QGA_OPTIONS="-v"\n')
    await image.qga('install')
    const { lines } = await image.qga('uninstall')
    expect(lines).toContain('note: /etc/qemu/fsfreeze-hook has been changed and stays')
    expect(fs.readFileSync(image.at('/etc/qemu/fsfreeze-hook'), 'utf8')).toBe('#!/bin/sh\n')
    expect(fs.readFileSync(image.at(OPTIONS), 'utf8')).toBe('QGA_OPTIONS="-v"\n')
  })

  test.each([
    ['/sbin/openrc-run', '/etc/init.d/qga'],
    ['/usr/bin/runit-init', '/etc/sv/qga/run'],
  ])('where there is %s writes %s', async (manager, script) => {
    using image = new Image(manager)
    expect((await image.qga('install')).exitCode).toBe(0)
    expect(fs.statSync(image.at(script)).mode & 0o111).toBe(0o111)
    expect(image.files.some((path) => path.endsWith('.service'))).toBe(false)
    const syntax = await run(['sh', '-n', image.at(script)])
    expect(syntax.stderr).toBe('')
  })

  test('carries over what Red Hat’s service was told, in older and newer spelling', async () => {
    using image = new Image()
    image.put(
      SYSCONFIG,
      `# comment
TRANSPORT_METHOD="virtio-serial"
DEVPATH="/dev/virtio-ports/org.qemu.guest_agent.0"
LOGFILE="/var/log/qemu-ga/qemu-ga.log"
PIDFILE="/var/run/qemu-ga.pid"
BLACKLIST_RPC="guest-exec,guest-file-open"
FILTER_RPC_ARGS="--allow-rpcs=guest-ping,guest-info"
FSFREEZE_HOOK_ENABLE=0
FSFREEZE_HOOK_PATHNAME=/etc/qemu-ga/fsfreeze-hook
VERBOSE=1
`,
    )
    expect((await image.qga('install')).exitCode).toBe(0)
    expect(fs.readFileSync(image.at(OPTIONS), 'utf8')).toContain(
      'QGA_OPTIONS="--method=virtio-serial --path=/dev/virtio-ports/org.qemu.guest_agent.0 --logfile=/var/log/qemu-ga/qemu-ga.log --block-rpcs=guest-exec,guest-file-open --allow-rpcs=guest-ping,guest-info --verbose"\n',
    )
    expect((await image.qga('install')).lines).toEqual(['nothing to do'])
  })

  test('carries over Debian’s, and starts without the port’s device on another channel', async () => {
    using image = new Image()
    image.put(
      '/etc/default/qemu-guest-agent',
      'DAEMON_ARGS="--daemonize -v"\nTRANSPORT=isa-serial:/dev/ttyS1\n',
    )
    expect((await image.qga('install')).exitCode).toBe(0)
    expect(fs.readFileSync(image.at(OPTIONS), 'utf8')).toContain(
      'QGA_OPTIONS="-v --method=isa-serial --path=/dev/ttyS1"\n',
    )
    const unit = fs.readFileSync(image.at('/etc/systemd/system/qga.service'), 'utf8')
    expect(unit).not.toContain('BindsTo')
    expect(image.files).toContain('/etc/systemd/system/multi-user.target.wants/qga.service')
  })

  test.each<[string, string, string, string]>([
    [
      'a variable that it does not know',
      SYSCONFIG,
      'A=1\n',
      `${SYSCONFIG}:1: A: cannot be carried over: no setting of this agent`,
    ],
    [
      'a value that only a shell knows',
      SYSCONFIG,
      '\nLOGFILE="$HOME/log"\n',
      `${SYSCONFIG}:2: LOGFILE="$HOME/log": cannot be carried over: neither a comment nor a plain NAME=value`,
    ],
    [
      'a path with a blank',
      SYSCONFIG,
      'LOGFILE="/var/log/my log"\n',
      `${SYSCONFIG}:1: LOGFILE: cannot be carried over: blanks, quotes or $ within an option: /var/log/my log`,
    ],
    [
      'an option that does not exist',
      '/etc/default/qemu-guest-agent',
      'DAEMON_ARGS="--bogus"\n',
      "/etc/default/qemu-guest-agent:1: DAEMON_ARGS: qga: unrecognized option '--bogus'",
    ],
    [
      'a configuration that cannot be read',
      '/etc/qemu/qemu-ga.conf',
      '[general]\nverbose=yes\n',
      'error loading configuration from path: /etc/qemu/qemu-ga.conf, Key file contains key “verbose” which has a value that cannot be interpreted.',
    ],
    [
      'a configuration that leaves the foreground',
      '/etc/qemu/qemu-ga.conf',
      '[general]\ndaemon=true\n',
      'daemon=true (--daemonize): a service stays in the foreground; remove it',
    ],
    [
      'another agent’s executable',
      '/usr/sbin/qemu-ga',
      '',
      '/usr/sbin/qemu-ga is another agent: remove its package first, its settings are carried over',
    ],
    [
      'a unit of the same name',
      '/etc/systemd/system/qemu-guest-agent.service',
      '[Service]\n',
      '/etc/systemd/system/qemu-guest-agent.service is a unit of its own: carry over what it says, as drop-ins of qga.service, and remove it',
    ],
    [
      'a package',
      '/usr/lib/systemd/system/qga.service',
      '',
      '/usr/lib/systemd/system/qga.service is there: a package has installed qga already',
    ],
  ])('is stopped by %s', async (_, path, text, reason) => {
    using image = new Image()
    image.put(path, text)
    const before = image.files
    const { exitCode, lines } = await image.qga('install')
    expect(lines[0]).toStartWith(`cannot install: ${reason}`)
    expect(exitCode).toBe(1)
    expect(image.files).toEqual(before)
  })

  test('says how a masked unit gets its name back', async () => {
    using image = new Image()
    const unit = '/etc/systemd/system/qemu-guest-agent.service'
    fs.mkdirSync(dirname(image.at(unit)), { recursive: true })
    fs.symlinkSync('/dev/null', image.at(unit))
    expect((await image.qga('install')).lines).toEqual([
      `cannot install: ${unit} is masked: systemctl unmask qemu-guest-agent.service`,
    ])
  })

  test('enables the agent that changes nothing', async () => {
    using image = new Image()
    await image.qga('install', '--read-only')
    expect(fs.readlinkSync(image.at('/etc/systemd/system/qemu-guest-agent.service'))).toBe(
      'qga-read-only.service',
    )
  })

  test('takes no option that it does not know', async () => {
    using image = new Image()
    expect(await image.qga('install', '--bogus')).toMatchObject({ exitCode: 2 })
    expect(await image.qga('install', '--init', 'upstart')).toMatchObject({
      exitCode: 1,
      stderr: 'qga install: --init knows systemd, openrc, runit, not "upstart"\n',
    })
  })

  test.if(needs('systemd-analyze'))('writes units that systemd understands', async () => {
    using image = new Image()
    await image.qga('install')
    for (const target of ['sysinit', 'shutdown', 'basic']) {
      image.put(`/etc/systemd/system/${target}.target`, '[Unit]\n')
    }
    for (const slice of ['system', '-']) image.put(`/etc/systemd/system/${slice}.slice`, '[Unit]\n')
    const units = ['qga.service', 'qga-read-only.service']
    const options = [`--root=${image.path}`, '--man=no']
    const { stderr } = await run(['systemd-analyze', 'verify', ...options, ...units])
    const complaints = stderr
      .split('\n')
      .filter((line) => /qga.*:\d+:|Unknown|Failed to parse/.test(line))
    expect(complaints).toEqual([])
  })
})
