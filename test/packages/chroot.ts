// SPDX-License-Identifier: Apache-2.0
/** A system of a shell, dpkg's database and the libraries of the executable, for dpkg --root. */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { EXECUTABLE } from '../harness/executable.ts'
import { toolPath } from '../harness/needs.ts'
import { type Ended, run, Scratch } from '../harness/program.ts'

const TOOLS = ['sh', 'grep', 'head', 'rm', 'ln', 'echo']
const ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C' }
/** koffi's, which is loaded later. */
const LATER = ['libstdc++.so.6', 'libgcc_s.so.1']

export class Chroot extends Scratch {
  static async make(): Promise<Chroot> {
    const chroot = new Chroot()
    for (const directory of ['proc', 'etc/default', 'var/lib/dpkg/info', 'var/lib/dpkg/updates']) {
      fs.mkdirSync(chroot.file(directory), { recursive: true })
    }
    fs.writeFileSync(chroot.file('var/lib/dpkg/status'), '')
    // As all newer systems have it.
    for (const name of ['lib', 'lib64']) {
      fs.mkdirSync(chroot.file(`usr/${name}`), { recursive: true })
      fs.symlinkSync(`usr/${name}`, chroot.file(name))
    }
    fs.mkdirSync(chroot.file('bin'))
    fs.copyFileSync(toolPath('busybox') as string, chroot.file('bin/busybox'))
    for (const tool of TOOLS) fs.symlinkSync('busybox', chroot.file(`bin/${tool}`))
    const { stdout } = await run(['ldd', EXECUTABLE])
    const needed = stdout.match(/\/\S+/g) ?? []
    const found = (await run(['/sbin/ldconfig', '-p'])).stdout
    const later = LATER.map(
      (name) => new RegExp(`${name.replaceAll('+', '\\+')} .*x86-64.* => (\\S+)`).exec(found)?.[1],
    )
    for (const library of [...needed, ...later]) {
      if (library === undefined) throw new Error('Cannot find the libraries of koffi')
      fs.mkdirSync(dirname(chroot.file(library)), { recursive: true })
      fs.copyFileSync(library, chroot.file(library))
    }
    return chroot
  }

  /** dpkg with that root, and with /proc in it unless told otherwise. Dependencies are the test's to check. */
  dpkg(options: readonly string[], hasProc = true): Promise<Ended> {
    const mount = hasProc ? `mount -t proc proc "${this.path}/proc" && ` : ''
    const command = `${mount}exec dpkg --root="${this.path}" --force-depends "$@"`
    return run(['unshare', '-m', 'sh', '-c', command, 'sh', ...options], { env: ENV })
  }

  /** Runs a command of the chroot, with /proc. */
  inside(...command: string[]): Promise<Ended> {
    const script = `mount -t proc proc "${this.path}/proc" && exec chroot "${this.path}" "$@"`
    return run(['unshare', '-m', 'sh', '-c', script, 'sh', ...command], { env: ENV })
  }
}
