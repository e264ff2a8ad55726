// SPDX-License-Identifier: Apache-2.0
/** What is in the packages, and what dpkg makes of one. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as fs from 'node:fs'
import { basename, join } from 'node:path'
import { version } from '../../package.json'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs } from '../harness/needs.ts'
import { run, Scratch } from '../harness/program.ts'
import { Chroot } from './chroot.ts'

const PACKAGING_MS = 240_000
const EPOCH = 1_700_000_000
const NAMES = [
  `qga-${version}-1.x86_64.rpm`,
  `qga-${version}-linux-x64.tar.gz`,
  `qga_${version}_amd64.deb`,
]
const [RPM, TARBALL, DEB] = NAMES as [string, string, string]
const canPackage = [
  needs('dpkg-deb'),
  needs('rpmbuild'),
  needs('rpm'),
  needs('rpm2cpio'),
  needs('cpio'),
].every(Boolean)

const scratch = new Scratch()
const made = (name: string) => scratch.file(join('out', name))

async function makePackages(dist: string, out: string): Promise<void> {
  const command = [process.execPath, 'packaging/package.ts', '--dist', dist, '--out', out]
  const child = Bun.spawn(command, {
    cwd: join(import.meta.dir, '../..'),
    env: { ...process.env, SOURCE_DATE_EPOCH: String(EPOCH) },
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const stderr = await child.stderr.text()
  if ((await child.exited) !== 0) throw new Error(`Cannot make packages: ${stderr}`)
}

function dist(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = scratch.file(name)
  fs.mkdirSync(directory)
  for (const [file, content] of Object.entries(files))
    fs.writeFileSync(join(directory, file), content)
  return directory
}

async function lines(...command: string[]): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await run(command)
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
  return stdout.trimEnd().split('\n')
}

const rpm = (...query: string[]) =>
  lines('rpm', '--dbpath', scratch.file('rpmdb'), '-qp', ...query, made(RPM))

describe.if(canPackage)('packages', () => {
  beforeAll(async () => {
    const executable = fs.readFileSync(EXECUTABLE)
    await makePackages(dist('dist', { 'qga-linux-x64': executable }), scratch.file('out'))
  }, PACKAGING_MS)
  afterAll(() => scratch[Symbol.dispose]())

  test('are the three', () => {
    expect(fs.readdirSync(scratch.file('out')).sort()).toEqual(NAMES.toSorted())
  })

  test(
    'have the executable in them, byte for byte',
    async () => {
      const places = {
        [DEB]: [`dpkg-deb -x "$1" .`, 'usr/sbin/qga'],
        [RPM]: [`rpm2cpio "$1" | cpio -id --quiet`, 'usr/sbin/qga'],
        [TARBALL]: [`tar -xf "$1"`, `qga-${version}-linux-x64/qga`],
      }
      const expected = fs.readFileSync(EXECUTABLE)
      for (const [name, [command, path]] of Object.entries(places)) {
        const place = scratch.file(`x-${basename(name)}`)
        fs.mkdirSync(place)
        await lines('sh', '-ec', `cd "${place}"; ${command}`, 'sh', made(name))
        const found = join(place, path as string)
        expect(fs.readFileSync(found).equals(expected)).toBe(true)
        expect(fs.statSync(found).mode & 0o7777).toBe(0o755)
        expect((await run([found, '--version'])).stdout).toContain(`(qga ${version})`)
      }
    },
    PACKAGING_MS,
  )

  test('belong to root and are of one time', async () => {
    const contents = await lines('dpkg-deb', '-c', made(DEB))
    const others = contents.filter((line) => !/^\S+ root\/root +\d+ 2023-11-1[45] /.test(line))
    expect(others).toEqual([])
    const owners = await rpm('--qf', '[%{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEMTIMES}\n]')
    expect([...new Set(owners.filter((line) => !line.endsWith(' 0')))]).toEqual([
      `root:root ${EPOCH}`,
    ])
    const listed = await lines('tar', '--numeric-owner', '-tvf', made(TARBALL))
    expect(listed.filter((line) => !/^\S+ 0\/0 /.test(line))).toEqual([])
  })

  test('install the same files', async () => {
    const inDeb = (await lines('dpkg-deb', '-c', made(DEB)))
      .filter((line) => !line.startsWith('d'))
      .map((line) => line.replace(/^.* \.(\/\S+)( -> .*)?$/, '$1'))
    const inRpm = await rpm('--qf', '[%{FILEMODES:perms} %{FILENAMES}\n]')
    const files = inRpm.filter((line) => /^[-l]r/.test(line)).map((line) => line.split(' ')[1])
    expect(files.sort()).toEqual(inDeb.sort() as string[])
    expect(inDeb).toEqual(
      expect.arrayContaining([
        '/usr/sbin/qga',
        '/usr/sbin/qemu-ga',
        '/usr/lib/systemd/system/qga.service',
        '/usr/lib/systemd/system/qemu-guest-agent.service',
        '/usr/lib/udev/rules.d/60-qga.rules',
        '/usr/share/man/man8/qga.8.gz',
        '/etc/qemu/fsfreeze-hook',
      ]),
    )
  })

  test('take the place of qemu-guest-agent, and need glibc 2.25 and libstdc++', async () => {
    const field = async (name: string) => (await lines('dpkg-deb', '-f', made(DEB), name)).join()
    expect(await field('Depends')).toContain('libc6 (>= 2.25), libstdc++6')
    for (const name of ['Provides', 'Conflicts', 'Replaces']) {
      expect(await field(name)).toBe('qemu-guest-agent')
    }
    expect(await rpm('--requires')).toEqual(expect.arrayContaining(['glibc >= 2.25', 'libstdc++']))
    expect((await rpm('--provides')).some((line) => line.startsWith('qemu-guest-agent = '))).toBe(
      true,
    )
    expect(await rpm('--conflicts')).toEqual(['qemu-guest-agent'])
  })

  test('have scripts that a shell can read, and that ask before they call systemctl', async () => {
    const control = scratch.file('control')
    await lines('dpkg-deb', '-e', made(DEB), control)
    const deb = ['preinst', 'postinst', 'prerm', 'postrm']
    const texts = deb.map((name) => fs.readFileSync(join(control, name), 'utf8'))
    const inRpm = ['PREIN', 'POSTIN', 'PREUN', 'POSTUN'].map((tag) => rpm('--qf', `%{${tag}}`))
    for (const text of [...texts, ...(await Promise.all(inRpm)).map((each) => each.join('\n'))]) {
      expect((await run(['sh', '-nc', text])).stderr).toBe('')
      const asks = text.indexOf('[ -d /run/systemd/system ]')
      const calls = text.indexOf('systemctl')
      expect(calls < 0 || (asks >= 0 && asks < calls)).toBe(true)
    }
  })

  test.if(needs('root') && needs('busybox') && needs('unshare'))(
    'can be installed, upgraded, removed and purged with dpkg',
    async () => {
      using chroot = await Chroot.make()
      const earlier = chroot.file('etc/default/qemu-guest-agent')
      const status = () => chroot.read('var/lib/dpkg/status')
      fs.writeFileSync(earlier, 'DAEMON_ARGS="$OPTIONS"\n')
      const refused = await chroot.dpkg(['-i', made(DEB)])
      expect(refused.exitCode).toBe(1)
      expect(refused.stdout).toContain(
        'cannot install: /etc/default/qemu-guest-agent:1: DAEMON_ARGS="$OPTIONS": cannot be carried over: ',
      )
      fs.writeFileSync(earlier, 'DAEMON_ARGS="-b guest-exec"\n')
      const noProc = await chroot.dpkg(['-i', made(DEB)], false)
      expect(noProc.stderr).toContain('which takes /proc: mount it')
      expect((await chroot.dpkg(['-i', made(DEB)])).exitCode).toBe(0)
      expect(status()).toContain('Status: install ok installed')
      expect(chroot.read('etc/default/qga')).toContain('QGA_OPTIONS="-b guest-exec"\n')
      expect((await chroot.inside('/usr/sbin/qemu-ga', '--version')).stdout).toContain('(qga ')
      fs.writeFileSync(chroot.file('etc/default/qga'), 'QGA_OPTIONS="-v"\n')
      expect((await chroot.dpkg(['-i', made(DEB)])).exitCode).toBe(0)
      expect(chroot.read('etc/default/qga')).toBe('QGA_OPTIONS="-v"\n')
      expect((await chroot.dpkg(['-r', 'qga'])).exitCode).toBe(0)
      expect(fs.existsSync(chroot.file('usr/sbin/qga'))).toBe(false)
      expect(fs.existsSync(chroot.file('etc/default/qga'))).toBe(true)
      expect((await chroot.dpkg(['-P', 'qga'])).exitCode).toBe(0)
      expect(fs.existsSync(chroot.file('etc/default/qga'))).toBe(false)
      expect(fs.existsSync(chroot.file('etc/qemu'))).toBe(false)
      // In an image that is being made nothing may have to be carried over.
      fs.rmSync(earlier)
      expect((await chroot.dpkg(['-i', made(DEB)], false)).exitCode).toBe(0)
    },
    PACKAGING_MS,
  )

  test.if(needs('root') && needs('busybox') && needs('unshare'))(
    'keep the unit’s usual name, whose file goes with Debian’s package',
    async () => {
      using chroot = await Chroot.make()
      const unit = 'lib/systemd/system/qemu-guest-agent.service'
      const tree = scratch.file('debians')
      fs.mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
      fs.mkdirSync(join(tree, 'lib/systemd/system'), { recursive: true })
      fs.writeFileSync(join(tree, unit), '[Unit]\n')
      fs.writeFileSync(
        join(tree, 'DEBIAN/control'),
        'Package: qemu-guest-agent\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: other\n',
      )
      await lines('dpkg-deb', '-b', tree, scratch.file('debians.deb'))
      expect((await chroot.dpkg(['-i', scratch.file('debians.deb')])).exitCode).toBe(0)
      expect((await chroot.dpkg(['-i', made(DEB)])).exitCode).toBe(0)
      expect(chroot.read('var/lib/dpkg/status')).not.toContain('Package: qemu-guest-agent\n')
      expect(fs.readlinkSync(chroot.file(unit))).toBe('qga.service')
      expect((await chroot.dpkg(['-P', 'qga'])).exitCode).toBe(0)
      expect(fs.lstatSync(chroot.file(unit), { throwIfNoEntry: false })).toBeUndefined()
    },
    PACKAGING_MS,
  )

  test(
    'are the same bytes when they are made again, for arm64 too',
    async () => {
      const small = { 'qga-linux-x64': 'x', 'qga-linux-arm64': 'arm' }
      const from = dist('small', small)
      const outs = [scratch.file('one'), scratch.file('two')]
      for (const out of outs) await makePackages(from, out)
      const [one, two] = outs.map((out) =>
        fs.readdirSync(out).map((name) => {
          const sum = new Bun.CryptoHasher('sha256').update(fs.readFileSync(join(out, name)))
          return `${name} ${sum.digest('hex')}`
        }),
      )
      expect(two).toEqual(one as string[])
      expect(one?.map((line) => line.split(' ')[0])).toContain(`qga_${version}_arm64.deb`)
      const deb = join(outs[0] as string, `qga_${version}_arm64.deb`)
      expect(await lines('dpkg-deb', '-f', deb, 'Architecture')).toEqual(['arm64'])
    },
    PACKAGING_MS,
  )
})
