// SPDX-License-Identifier: Apache-2.0
/** A root file system with systemd, udev and dpkg: this machine's own packages, as dpkg has put them here. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { version } from '../../package.json'
import { EXECUTABLE } from '../harness/executable.ts'
import { type Image, sh } from './image.ts'

const CACHE = join(import.meta.dir, '../../node_modules/.cache/guest')
const PACKAGER = join(import.meta.dir, '../../packaging/package.ts')
const PACKAGES = ['systemd', 'systemd-sysv', 'udev', 'qemu-guest-agent', 'libstdc++6', 'socat']
const WITHOUT = /^\/usr\/share\/(doc|man|locale|info|bash-completion|zsh)\//
/** The second is the first under a number that is higher. */
export const NEXT_VERSION = `${version}+next`

/** @param image whose kernel starts it */
export function makeSystemImage(image: Image): Image {
  const folder = join(CACHE, 'system')
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  copyPackages(folder)
  for (const [path, text] of Object.entries(FILES)) {
    const file = join(folder, path)
    fs.mkdirSync(join(file, '..'), { recursive: true })
    fs.writeFileSync(file, text)
  }
  for (const [path, target] of Object.entries(LINKS)) {
    fs.mkdirSync(join(folder, path, '..'), { recursive: true })
    fs.symlinkSync(target, join(folder, path))
  }
  // By another name: it is no agent that ours would take for a rival.
  fs.mkdirSync(join(folder, 'opt'), { recursive: true })
  fs.copyFileSync('/usr/sbin/qemu-ga', join(folder, 'opt/reference'))
  sh(['ldconfig', '-r', folder])
  makeDebs(join(folder, 'opt'))
  const root = join(CACHE, 'system.img')
  fs.rmSync(root, { force: true })
  sh(['mke2fs', '-q', '-t', 'ext4', '-d', folder, '-F', root, '1536M'])
  fs.rmSync(folder, { recursive: true, force: true })
  return { ...image, root }
}

/** The files of the packages and of all that they need, and what dpkg knows of them. */
function copyPackages(folder: string): void {
  const packages = withDependencies()
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    if (fs.lstatSync(`/${name}`, { throwIfNoEntry: false })?.isSymbolicLink()) {
      fs.symlinkSync(`usr/${name}`, join(folder, name))
      fs.mkdirSync(join(folder, 'usr', name), { recursive: true })
    }
  }
  const files = sh(['dpkg', '-L', ...packages])
    .split('\n')
    .filter((path) => path.startsWith('/') && path !== '/.' && !WITHOUT.test(path))
    // A container's Debian leaves documents out, and diversions are told in words.
    .filter((path) => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined)
  const list = join(CACHE, 'system.files')
  fs.writeFileSync(list, [...new Set(files), '/etc/alternatives', ...SHARED].join('\n'))
  const pack = `tar -c -P --no-recursion -T ${list} -C / $(cd / && echo etc/pam.d/*)`
  sh(['sh', '-c', `${pack} | tar -x --keep-directory-symlink -C ${folder}`])
  sh(['cp', '-a', '/etc/alternatives', join(folder, 'etc')])
  const dpkg = join(folder, 'var/lib/dpkg')
  for (const each of ['info', 'updates', 'triggers', 'alternatives', 'parts']) {
    fs.mkdirSync(join(dpkg, each), { recursive: true })
  }
  for (const each of ['available', 'diversions', 'statoverride', 'lock']) {
    fs.writeFileSync(join(dpkg, each), '')
  }
  fs.writeFileSync(join(dpkg, 'status'), `${sh(['dpkg-query', '-s', ...packages])}\n`)
  for (const file of fs.readdirSync('/var/lib/dpkg/info')) {
    if (packages.has(basename(file).replace(/(:amd64)?\.\w+$/, ''))) {
      fs.copyFileSync(join('/var/lib/dpkg/info', file), join(dpkg, 'info', file))
    }
  }
}

function withDependencies(): ReadonlySet<string> {
  const none = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances']
  const essential = sh(['dpkg-query', '-W', '-f', `\${Essential} \${Package}\n`])
    .split('\n')
    .flatMap((line) => /^yes (.*)$/.exec(line)?.[1] ?? [])
  const all = sh([
    ...['apt-cache', 'depends', '--recurse', '--installed'],
    ...none.map((kind) => `--no-${kind}`),
    ...[...PACKAGES, ...essential],
  ])
  const installed = new Set(sh(['dpkg-query', '-W', '-f', `\${Package}\n`]).split('\n'))
  const named = all.split('\n').filter((line) => /^[a-z0-9]/.test(line))
  return new Set(
    named.map((name) => name.replace(/:amd64$/, '')).filter((name) => installed.has(name)),
  )
}

/** The package as `bun run package` makes it, and one that follows it. */
function makeDebs(folder: string): void {
  const work = fs.mkdtempSync(join(tmpdir(), 'qga-debs-'))
  try {
    fs.mkdirSync(join(work, 'dist'))
    fs.symlinkSync(EXECUTABLE, join(work, 'dist/qga-linux-x64'))
    sh([process.execPath, PACKAGER, '--dist', join(work, 'dist'), '--out', folder, '--only', 'deb'])
    const first = join(folder, `qga_${version}_amd64.deb`)
    sh(['dpkg-deb', '-R', first, join(work, 'next')])
    const control = join(work, 'next/DEBIAN/control')
    const text = fs.readFileSync(control, 'utf8')
    fs.writeFileSync(control, text.replace(/^Version: .*$/m, `Version: ${NEXT_VERSION}`))
    sh(['dpkg-deb', '--root-owner-group', '-Znone', '--build', join(work, 'next'), folder])
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
}

/** Of no package, and needed by those who sign in. */
const SHARED = ['/etc/passwd', '/etc/group', '/etc/nsswitch.conf', '/etc/os-release']

const MASKED = [
  ...['getty.target', 'timers.target', 'systemd-networkd.service', 'systemd-resolved.service'],
  ...['systemd-logind.service', 'systemd-user-sessions.service', 'systemd-timesyncd.service'],
  ...['systemd-random-seed.service', 'systemd-update-utmp.service', 'systemd-sysctl.service'],
  ...['systemd-update-utmp-runlevel.service', 'systemd-modules-load.service'],
  ...['systemd-pstore.service', 'kmod-static-nodes.service', 'modprobe@.service'],
  ...['dev-hugepages.mount', 'dev-mqueue.mount', 'sys-kernel-debug.mount'],
  ...['sys-kernel-tracing.mount', 'sys-kernel-config.mount', 'sys-fs-fuse-connections.mount'],
  ...['proc-sys-fs-binfmt_misc.automount', 'cryptsetup.target', 'remote-fs.target'],
]

const LINKS: Readonly<Record<string, string>> = {
  'etc/systemd/system/default.target': '/lib/systemd/system/multi-user.target',
  'etc/systemd/system/multi-user.target.wants/reference.service': '../reference.service',
  // What nobody needs here, and an emulated processor takes seconds for.
  ...Object.fromEntries(MASKED.map((unit) => [`etc/systemd/system/${unit}`, '/dev/null'])),
}

const FILES: Readonly<Record<string, string>> = {
  'etc/shadow': 'root:*:19000:0:99999:7:::\n',
  'etc/hostname': 'guest\n',
  'etc/fstab': '',
  // An emulated machine on a busy one is slower than systemd's patience.
  'etc/systemd/system.conf':
    '[Manager]\nDefaultTimeoutStartSec=15min\nDefaultDeviceTimeoutSec=15min\n',
  // Without one it would be the first boot, which sets up every unit that there is.
  'etc/machine-id': '6d1f0a5c3b7e4f2a9c8d7e6f5a4b3c2d\n',
  'etc/systemd/system/systemd-udev-trigger.service.d/few.conf': `[Service]
ExecStart=
ExecStart=udevadm trigger --type=devices --action=add --subsystem-match=virtio-ports
`,
  'etc/systemd/system/reference.service': `[Unit]
DefaultDependencies=no
After=local-fs.target dev-virtio\\x2dports-reference.device
Requires=dev-virtio\\x2dports-reference.device
[Service]
RuntimeDirectory=reference
ExecStart=/opt/reference -p /dev/virtio-ports/reference -t /run/reference
Restart=always
KillMode=process
`,
  'etc/systemd/system/sample.socket': `[Socket]
ListenStream=/run/sample.socket
`,
  'etc/systemd/system/sample.service': `[Service]
ExecStart=/usr/sbin/qga -t /run/sample
RuntimeDirectory=sample
`,
}
