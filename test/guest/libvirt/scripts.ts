// SPDX-License-Identifier: Apache-2.0
/** libvirt's Python binding, and Ansible's connection by it, which runs Python in the guest. */
import { expect } from 'bun:test'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { CACHE, sh } from '../image.ts'
import type { Domain } from './domain.ts'
import { HOME } from './host.ts'
import type { Step } from './step.ts'

const PYTHON = '/usr/bin/python3'
/** A part of Debian's `ansible`, whose other collections are a hundred times as large. */
const COLLECTION = './usr/lib/python3/dist-packages/ansible_collections/community/libvirt'

/** Where Ansible finds the collection of libvirt. */
export function fetchCollections(): string {
  const folder = join(CACHE, 'collections')
  if (fs.existsSync(folder)) return folder
  const part = fs.mkdtempSync(`${folder}.part-`)
  // apt's own user could not write here.
  sh(['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', 'ansible'], part)
  sh(['sh', '-c', `dpkg-deb --fsys-tarfile ansible_*.deb | tar x ${COLLECTION}`], part)
  fs.renameSync(join(part, 'usr/lib/python3/dist-packages'), folder)
  fs.rmSync(part, { recursive: true })
  return folder
}

/** The second disk of the guests: this machine's Python, at /mnt/sda. */
export function makeTools(): string {
  const folder = join(CACHE, 'tools')
  fs.rmSync(folder, { recursive: true, force: true })
  for (const each of ['bin', 'lib']) fs.mkdirSync(join(folder, each), { recursive: true })
  const program = fs.realpathSync(PYTHON)
  fs.copyFileSync(program, join(folder, 'bin/python'))
  for (const library of sh(['ldd', program]).match(/\/\S+/g) ?? []) {
    fs.copyFileSync(library, join(folder, 'lib', library.slice(library.lastIndexOf('/') + 1)))
  }
  fs.writeFileSync(join(folder, 'bin/python3'), START_PYTHON, { mode: 0o755 })
  const modules = sh([PYTHON, '-c', 'import sysconfig; print(sysconfig.get_path("stdlib"))']).trim()
  const name = modules.slice(modules.lastIndexOf('/') + 1)
  fs.cpSync(modules, join(folder, 'lib', name), {
    recursive: true,
    dereference: true,
    // Python compiles anew what is older than its source.
    preserveTimestamps: true,
    filter: (path) => !UNUSED.test(path),
  })
  const image = join(CACHE, 'tools.img')
  fs.rmSync(image, { force: true })
  sh(['mke2fs', '-q', '-t', 'ext4', '-d', folder, '-F', image, '128M'])
  return image
}

const UNUSED = /\/(?:test|ensurepip|idlelib|pydoc_data|config-[^/]*|sitecustomize\.py)$/
const START_PYTHON = `#!/bin/sh
LD_LIBRARY_PATH=/mnt/sda/lib exec /mnt/sda/bin/python "$@"
`

/** A module of Ansible against the guest; what Ansible reports, but for the paths and times of this run. */
async function ansible(guest: Domain, module: string, args: string): Promise<object> {
  const reports = `${guest.name}-reports`
  const options = Object.entries({
    ansible_connection: 'community.libvirt.libvirt_qemu',
    ansible_libvirt_uri: 'qemu:///session',
    ansible_python_interpreter: '/mnt/sda/bin/python3',
    ansible_remote_tmp: '/tmp/ansible',
  }).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const { out, error } = await guest.host.run(
    [
      ...['ansible', 'all', '-i', `${guest.name},`, '-t', `${HOME}/${reports}`],
      ...[...options, '-m', module, '-a', args],
    ],
    { ANSIBLE_COLLECTIONS_PATH: `${HOME}/collections`, ANSIBLE_TIMEOUT: '100' },
  )
  const path = guest.host.path(`${reports}/${guest.name}`)
  if (!fs.existsSync(path)) throw new Error(`Cannot run ansible: ${error || out}`)
  const report = JSON.parse(fs.readFileSync(path, 'utf8')) as Record<string, unknown>
  fs.rmSync(path)
  if (report['unreachable'] === true) throw new Error(`${report['msg']}`)
  return report
}

const CONTENT = new Uint8Array(200_001).map((_, at) => (at * 7919) >> 3)

export const SCRIPTS: readonly Step[] = [
  {
    name: 'python3-libvirt: 18 calls',
    run: async (guest) => JSON.parse(await guest.run(PYTHON, `${HOME}/api.py`, guest.name)),
  },
  {
    name: 'python3-libvirt: agent-lifecycle events, when the agent is killed and comes back',
    run: async (guest) => JSON.parse(await guest.run(PYTHON, `${HOME}/events.py`, guest.name)),
  },
  {
    name: 'ansible -m raw',
    run: async (guest) => {
      const report = await ansible(guest, 'raw', "/bin/sh -c 'echo out; echo err >&2; exit 3'")
      expect(report).toMatchObject({ rc: 3, stdout: 'out\n', stderr: 'err\n' })
      return report
    },
  },
  {
    name: 'ansible -m copy',
    run: async (guest) => {
      guest.host.write(`${guest.name}.bin`, CONTENT)
      const copy = `src=${HOME}/${guest.name}.bin dest=/var/tmp/copied mode=0600`
      expect(await ansible(guest, 'copy', copy)).toMatchObject({ changed: true, mode: '0600' })
      const [sum] = (await guest.sh('sha256sum /var/tmp/copied')).split(' ')
      expect(sum).toBe(new Bun.CryptoHasher('sha256').update(CONTENT).digest('hex'))
    },
  },
  {
    name: 'ansible -m fetch',
    run: async (guest) => {
      const fetched = `${guest.name}.fetched`
      const report = await ansible(
        guest,
        'fetch',
        `src=/var/tmp/copied dest=${HOME}/${fetched} flat=yes`,
      )
      expect(report).toMatchObject({ changed: true })
      expect(fs.readFileSync(guest.host.path(fetched)).equals(CONTENT)).toBe(true)
    },
  },
]
