// SPDX-License-Identifier: Apache-2.0
/**
 * Makes the packages from the executables in dist/: `bun run package [--dist DIR] [--out DIR] [--only deb]`. The
 * same bytes from the same commit; their times are SOURCE_DATE_EPOCH, or that of the commit.
 */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { manualPage } from '../docs/manual.ts'
import { version } from '../package.json'
import {
  ALIAS,
  EXECUTABLE,
  HOOK_DIRECTORY,
  installedFiles,
  LINK,
  unitDirectory,
} from '../platform/linux/install/files.ts'

const ROOT = join(import.meta.dir, '..')
const DIST = argument('--dist') ?? join(ROOT, 'dist')

function argument(name: string): string | undefined {
  const place = process.argv.indexOf(name)
  return place < 0 ? undefined : process.argv[place + 1]
}

interface Architecture {
  readonly executable: string
  /** What dpkg, and rpm, call it; no .rpm is made where it is absent. */
  readonly deb: string
  readonly rpm?: string
}

const ARCHITECTURES: readonly Architecture[] = [
  { executable: 'qga-linux-x64', deb: 'amd64', rpm: 'x86_64' },
  { executable: 'qga-linux-arm64', deb: 'arm64' },
]

const EPOCH = process.env['SOURCE_DATE_EPOCH'] ?? output('git', 'log', '-1', '--format=%ct').trim()
const TIME = Number(EPOCH)
if (!(TIME > 0)) throw new Error(`Cannot take "${EPOCH}" for the time of the packages`)

function output(...command: string[]): string {
  const env = { ...process.env, SOURCE_DATE_EPOCH: process.env['SOURCE_DATE_EPOCH'] ?? '' }
  const ended = Bun.spawnSync(command, { cwd: ROOT, env, stdin: 'ignore', stderr: 'pipe' })
  if (ended.exitCode === 0) return ended.stdout.toString()
  throw new Error(`${command.join(' ')} failed: ${ended.stderr}`)
}

function put(path: string, content: string | Uint8Array, mode = 0o644): void {
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, content)
  fs.chmodSync(path, mode)
}

function link(path: string, target: string): void {
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.symlinkSync(target, path)
}

/** All that is installed, as it lies below the root. */
function makeTree(tree: string, executable: string): void {
  fs.mkdirSync(`${tree}/usr/sbin`, { recursive: true })
  fs.copyFileSync(executable, tree + EXECUTABLE)
  fs.chmodSync(tree + EXECUTABLE, 0o755)
  link(tree + LINK.path, LINK.target)
  for (const { path, text, mode, manager } of installedFiles('package')) {
    if (manager === undefined || manager === 'systemd') put(tree + path, text, mode)
  }
  link(`${tree}${unitDirectory('package')}/${ALIAS}`, 'qga.service')
  fs.mkdirSync(tree + HOOK_DIRECTORY, { recursive: true })
  const manual = `${tree}/usr/share/man/man8`
  put(`${manual}/qga.8.gz`, Bun.gzipSync(manualPage()))
  link(`${manual}/qemu-ga.8.gz`, 'qga.8.gz')
  const docs = `${tree}/usr/share/doc/qga`
  put(`${docs}/copyright`, fs.readFileSync(join(ROOT, 'LICENSE')))
  put(`${docs}/changelog.gz`, Bun.gzipSync(fs.readFileSync(join(ROOT, 'CHANGELOG.md'))))
}

/** Directories whoever may enter, and one time for all. */
function settle(directory: string): void {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) settle(path)
    else fs.lutimesSync(path, TIME, TIME)
  }
  fs.chmodSync(directory, 0o755)
  fs.utimesSync(directory, TIME, TIME)
}

function makeDeb(tree: string, work: string, { deb }: Architecture, out: string): string {
  const control = `${tree}/DEBIAN`
  const kibibytes = Math.ceil(bytesBelow(tree) / 1024)
  put(
    `${control}/control`,
    `Package: qga
Version: ${version}
Architecture: ${deb}
Maintainer: The qga developers <qga@localhost>
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.25), libstdc++6, libgcc-s1 | libgcc1
Provides: qemu-guest-agent
Conflicts: qemu-guest-agent
Replaces: qemu-guest-agent
Section: admin
Priority: optional
Description: QEMU guest agent
 The program inside a virtual machine that its host talks to: to freeze file
 systems for a backup, run programs, move files, read what the guest is. It
 takes the place of qemu-ga.
`,
  )
  const hooks = installedFiles('package').filter(({ owner }) => owner === 'administrator')
  put(`${control}/conffiles`, hooks.map(({ path }) => `${path}\n`).join(''))
  for (const script of ['preinst', 'postinst', 'prerm', 'postrm']) {
    // Of other processors nothing is asked.
    if (script === 'preinst' && deb !== 'amd64') continue
    const text = fs.readFileSync(join(import.meta.dir, 'deb', script))
    put(`${control}/${script}`, text, 0o755)
  }
  settle(tree)
  const built = join(work, `qga_${version}_${deb}.deb`)
  // gzip: dpkg of every system with glibc 2.25 reads it, and its output depends on nothing else.
  output('dpkg-deb', '--root-owner-group', '-Zgzip', '-z6', '--build', tree, built)
  fs.rmSync(control, { recursive: true })
  return deliver(built, out)
}

function bytesBelow(directory: string): number {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(join(parentPath, name)).size, 0)
}

function makeRpm(tree: string, work: string, rpm: string, out: string): string {
  settle(tree)
  const spec = fs.readFileSync(join(import.meta.dir, 'qga.spec'), 'utf8')
  put(`${work}/qga.spec`, spec.replaceAll('@VERSION@', version))
  const macros = [`_topdir ${work}/rpm`, `tree ${tree}`, `_dbpath ${work}/rpmdb`]
  const defines = macros.flatMap((macro) => ['--define', macro])
  output('rpmbuild', '-bb', '--quiet', '--target', `${rpm}-linux`, ...defines, `${work}/qga.spec`)
  return deliver(`${work}/rpm/RPMS/${rpm}/qga-${version}-1.${rpm}.rpm`, out)
}

/** For systems without either: `./qga install` does the rest. */
function makeTarball(executable: string, work: string, out: string): string {
  const name = executable.replace(/^qga/, `qga-${version}`)
  const directory = `${work}/tar/${name}`
  put(`${directory}/qga`, fs.readFileSync(join(DIST, executable)), 0o755)
  put(`${directory}/qga.8`, manualPage())
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) {
    put(`${directory}/${file}`, fs.readFileSync(join(ROOT, file)))
  }
  settle(`${work}/tar`)
  const order = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar']
  output('tar', ...order, '-C', `${work}/tar`, '-cf', `${work}/${name}.tar`, name)
  output('gzip', '-n', '-6', `${work}/${name}.tar`)
  return deliver(`${work}/${name}.tar.gz`, out)
}

function deliver(built: string, out: string): string {
  const path = join(out, built.slice(built.lastIndexOf('/') + 1))
  fs.copyFileSync(built, path)
  return path
}

process.env['SOURCE_DATE_EPOCH'] = EPOCH
const out = argument('--out') ?? DIST
fs.mkdirSync(out, { recursive: true })
for (const architecture of ARCHITECTURES) {
  const executable = join(DIST, architecture.executable)
  if (!fs.existsSync(executable)) continue
  const work = fs.mkdtempSync(join(tmpdir(), 'qga-package-'))
  try {
    const tree = join(work, 'tree')
    makeTree(tree, executable)
    const made = [makeDeb(tree, work, architecture, out)]
    if (argument('--only') !== 'deb') {
      if (architecture.rpm !== undefined) made.push(makeRpm(tree, work, architecture.rpm, out))
      made.push(makeTarball(architecture.executable, work, out))
    }
    for (const path of made) console.log(path)
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
}
