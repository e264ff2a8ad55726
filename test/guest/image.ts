// SPDX-License-Identifier: Apache-2.0
/** What a test guest is started from: Debian's kernel for clouds, a small initrd, and a root file system made of this machine's programs. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { EXECUTABLE } from '../harness/executable.ts'

const HERE = import.meta.dir
export const CACHE = join(HERE, '../../node_modules/.cache/guest')
const MODULES = [
  ...['virtio_pci', 'virtio_blk', 'virtio_console', 'virtio_net', 'virtio_scsi'],
  ...['sd_mod', 'nvme', 'ext4', 'button', 'loop', 'vsock_loopback'],
]
const PROGRAMS = [
  ...['/usr/sbin/qemu-ga', '/usr/sbin/chpasswd', '/usr/bin/socat'],
  // Debian's package dropbear-bin: ssh at both ends.
  ...['/usr/sbin/dropbear', '/usr/bin/dbclient', '/usr/bin/dropbearkey'],
]
/** Loaded by name when the program runs, so that ldd does not name them. */
const LIBRARIES = [
  'libnss_files.so.2',
  'libstdc++.so.6',
  'libgcc_s.so.1',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
]
const LIBRARY_FOLDER = '/lib/x86_64-linux-gnu'
const PAM_MODULES = ['pam_unix.so', 'pam_permit.so', 'pam_deny.so']

export interface Image {
  readonly kernel: string
  readonly initrd: string
  readonly root: string
}

/** Runs a command to its end, and returns what it printed. */
export function sh(command: readonly string[], cwd = '/'): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd, stdin: 'ignore' })
  if (exitCode !== 0) throw new Error(`Cannot run ${command.join(' ')}: ${stderr}${stdout}`)
  return stdout.toString()
}

export function makeImage(): Image {
  fs.mkdirSync(CACHE, { recursive: true })
  const kernel = fetchKernel()
  const [version] = fs.readdirSync(join(kernel, 'lib/modules'))
  return {
    kernel: join(kernel, `boot/vmlinuz-${version}`),
    initrd: makeInitrd(join(kernel, `lib/modules/${version}`)),
    root: makeRoot(),
  }
}

/** The kernel's package, unpacked; of the version that this system's registry has. */
function fetchKernel(): string {
  const dependency = /^ *Depends: (linux-image-\S+)$/m
  const name = dependency.exec(sh(['apt-cache', 'depends', 'linux-image-cloud-amd64']))?.[1]
  if (name === undefined) throw new Error('Cannot find a kernel for the guest')
  const folder = join(CACHE, name)
  if (fs.existsSync(folder)) return folder
  // apt's own user could not write here.
  sh(['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', name], CACHE)
  const file = fs.readdirSync(CACHE).find((file) => file.startsWith(`${name}_`)) as string
  sh(['dpkg', '-x', file, `${folder}.part`], CACHE)
  fs.rmSync(join(CACHE, file))
  fs.renameSync(`${folder}.part`, folder)
  return folder
}

function makeInitrd(modules: string): string {
  const folder = join(CACHE, 'initrd')
  fs.rmSync(folder, { recursive: true, force: true })
  for (const each of ['bin', 'dev', 'proc', 'sys', 'root', 'modules']) {
    fs.mkdirSync(join(folder, each), { recursive: true })
  }
  fs.copyFileSync('/usr/bin/busybox', join(folder, 'bin/busybox'))
  for (const name of ['sh', 'mount', 'insmod', 'sleep', 'switch_root', 'poweroff', 'echo']) {
    fs.symlinkSync('busybox', join(folder, 'bin', name))
  }
  const order = inOrder(modules)
  for (const path of order) {
    fs.copyFileSync(path, join(folder, 'modules', path.slice(path.lastIndexOf('/') + 1)))
  }
  const names = order.map((path) => path.slice(path.lastIndexOf('/') + 1))
  fs.writeFileSync(join(folder, 'modules/order'), `${names.join('\n')}\n`)
  fs.copyFileSync(join(HERE, 'initrd-init.sh'), join(folder, 'init'))
  fs.chmodSync(join(folder, 'init'), 0o755)
  const archive = join(CACHE, 'initrd.cpio')
  sh(['sh', '-c', `find . | cpio -o -H newc --quiet >${archive}`], folder)
  return archive
}

/** The modules with all that they depend on, each after what it needs; what is built in has no file. */
function inOrder(modules: string): string[] {
  const files = new Map<string, string>()
  for (const path of fs.readdirSync(modules, { recursive: true, encoding: 'utf8' })) {
    const name = /([^/]+)\.ko$/.exec(path)?.[1]
    if (name !== undefined) files.set(name.replaceAll('-', '_'), join(modules, path))
  }
  const order = new Set<string>()
  const add = (name: string): void => {
    const path = files.get(name.replaceAll('-', '_'))
    if (path === undefined || order.has(path)) return
    const text = fs.readFileSync(path, 'latin1')
    const [, depends = ''] = /(?:^|\0)depends=([^\0]*)\0/.exec(text) ?? []
    for (const other of depends.split(',')) if (other !== '') add(other)
    order.add(path)
  }
  for (const name of MODULES) add(name)
  return [...order]
}

function makeRoot(): string {
  const folder = join(CACHE, 'root')
  fs.rmSync(folder, { recursive: true, force: true })
  const inRoot = (path: string) => join(folder, path)
  for (const each of FOLDERS) fs.mkdirSync(inRoot(each), { recursive: true })
  fs.symlinkSync('../run', inRoot('var/run'))
  fs.copyFileSync('/usr/bin/busybox', inRoot('bin/busybox'))
  for (const path of sh(['busybox', '--list-full']).trimEnd().split('\n')) {
    fs.mkdirSync(inRoot(path.slice(0, path.lastIndexOf('/'))), { recursive: true })
    if (!fs.existsSync(inRoot(path))) fs.symlinkSync('/bin/busybox', inRoot(path))
  }
  const put = (from: string, to = from) => {
    fs.mkdirSync(inRoot(to.slice(0, to.lastIndexOf('/'))), { recursive: true })
    fs.rmSync(inRoot(to), { force: true })
    // What a link names, not the link.
    fs.copyFileSync(fs.realpathSync(from), inRoot(to))
  }
  put(EXECUTABLE, '/usr/local/bin/qga')
  for (const path of [
    ...PROGRAMS,
    ...PAM_MODULES.map((name) => `${LIBRARY_FOLDER}/security/${name}`),
  ]) {
    put(path)
    for (const library of sh(['ldd', path]).match(/\/\S+/g) ?? []) put(library)
  }
  for (const name of LIBRARIES) put(`${LIBRARY_FOLDER}/${name}`)
  put('/etc/os-release')
  put(join(HERE, 'guest-init.sh'), '/sbin/init')
  put(join(HERE, 'guest-shutdown.sh'), '/sbin/shutdown')
  for (const [path, text] of Object.entries(FILES)) fs.writeFileSync(inRoot(path), text)
  for (const name of ['poweroff', 'halt', 'reboot']) {
    fs.rmSync(inRoot(`sbin/${name}`))
    // Without -f busybox would ask an init of its own.
    fs.writeFileSync(inRoot(`sbin/${name}`), `#!/bin/sh\nsync\nexec busybox ${name} -f\n`)
  }
  for (const name of ['init', 'shutdown', 'poweroff', 'halt', 'reboot']) {
    fs.chmodSync(inRoot(`sbin/${name}`), 0o755)
  }
  fs.chmodSync(inRoot('etc/shadow'), 0o600)
  fs.chownSync(inRoot('home/bob'), 1000, 1000)
  const image = join(CACHE, 'root.img')
  fs.rmSync(image, { force: true })
  sh(['mke2fs', '-q', '-t', 'ext4', '-d', folder, '-F', image, '512M'])
  return image
}

const FOLDERS = [
  ...['dev', 'proc', 'sys', 'run', 'tmp', 'etc/pam.d', 'etc/qemu', 'root', 'mnt', 'home/bob'],
  ...['bin', 'sbin', 'usr/bin', 'usr/sbin', 'usr/local/bin', 'lib64', 'lib', 'var/log', 'var/tmp'],
]

const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\n',
  'etc/shadow': 'root:*:19000:0:99999:7:::\nbob:!:19000:0:99999:7:::\n',
  'etc/group': 'root:x:0:\nshadow:x:42:\nbob:x:1000:\n',
  'etc/nsswitch.conf': 'passwd: files\nshadow: files\ngroup: files\n',
  'etc/hostname': 'guest\n',
  'etc/pam.d/chpasswd': 'password required pam_unix.so sha512\n',
  'etc/pam.d/other': ['auth', 'account', 'password', 'session']
    .map((kind) => `${kind} required pam_permit.so\n`)
    .join(''),
}
