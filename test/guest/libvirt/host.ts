// SPDX-License-Identifier: Apache-2.0
/** A libvirtd of a user who exists only here: in namespaces for mounts and processes, which end with all that runs there. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The folder of the test, seen from within: short, for the paths of sockets are limited to 108 bytes, unix(7). */
export const HOME = '/mnt'
const UID = 64_123
/** nogroup: libvirt wants one that has a name. */
const GID = 65_534
/** Any command, on a busy machine with emulated guests. */
const COMMAND_MS = 300_000
const ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME,
  XDG_RUNTIME_DIR: `${HOME}/run`,
  LIBVIRT_DEFAULT_URI: 'qemu:///session',
}

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly error: string
}

export class LibvirtHost {
  /** HOME, seen from outside. */
  readonly folder: string
  readonly #holder: Bun.Subprocess

  private constructor(folder: string, holder: Bun.Subprocess) {
    this.folder = folder
    this.#holder = holder
  }

  /** @param files of this machine, or folders, by the name that they get below HOME */
  static async start(files: Readonly<Record<string, string>>): Promise<LibvirtHost> {
    const folder = fs.mkdtempSync(join(tmpdir(), 'qga-libvirt-'))
    for (const each of ['run', '.config/libvirt']) {
      fs.mkdirSync(join(folder, each), { recursive: true })
    }
    // There is no virtlogd that could keep the consoles.
    fs.writeFileSync(join(folder, '.config/libvirt/qemu.conf'), 'stdio_handler = "file"\n')
    const users = fs.readFileSync('/etc/passwd', 'utf8')
    fs.writeFileSync(
      join(folder, 'passwd'),
      `${users}libvirt-test:x:${UID}:${GID}::${HOME}:/bin/sh\n`,
    )
    for (const [name, path] of Object.entries(files)) {
      if (fs.statSync(path).isDirectory()) fs.mkdirSync(join(folder, name))
      else fs.writeFileSync(join(folder, name), '')
    }
    giveAway(folder)
    const mounts = Object.entries(files).flatMap(([name, path]) => [path, `${HOME}/${name}`])
    const log = fs.openSync(join(folder, 'libvirtd.log'), 'w')
    const holder = Bun.spawn(
      [
        ...['unshare', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'],
        ...['sh', '-ec', HOLDER, 'sh', folder, ...mounts],
      ],
      { env: ENVIRONMENT, stdin: 'ignore', stdout: log, stderr: log },
    )
    fs.closeSync(log)
    const host = new LibvirtHost(folder, holder)
    await host.#ready()
    return host
  }

  /** A file below HOME, seen from outside. */
  path(name: string): string {
    return join(this.folder, name)
  }

  /** What the user writes before he starts a command. */
  write(name: string, content: string | Uint8Array): void {
    fs.writeFileSync(this.path(name), content)
    fs.chownSync(this.path(name), UID, GID)
  }

  /** Runs a command as that user. */
  async run(
    command: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    const { pid } = this.#holder
    const child = Bun.spawn(
      [
        ...['nsenter', `--mount=/proc/${pid}/ns/mnt`, `--pid=/proc/${pid}/ns/pid_for_children`],
        ...[`--wd=${HOME}`, ...AS_USER, ...command],
      ],
      {
        env: { ...ENVIRONMENT, ...environment },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        timeout: COMMAND_MS,
        killSignal: 'SIGKILL',
      },
    )
    const [out, error, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ])
    return { code, out, error: child.signalCode === null ? error : `no end in ${COMMAND_MS} ms` }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill('SIGKILL')
    await this.#holder.exited
    fs.rmSync(this.folder, { recursive: true, force: true })
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + COMMAND_MS
    while (!fs.existsSync(this.path('run/libvirt/libvirt-sock'))) {
      if (this.#holder.exitCode !== null || performance.now() > deadline) {
        const log = fs.readFileSync(this.path('libvirtd.log'), 'utf8')
        await this[Symbol.asyncDispose]()
        throw new Error(`Cannot start libvirtd: ${log}`)
      }
      await Bun.sleep(20)
    }
  }
}

const AS_USER = ['setpriv', `--reuid=${UID}`, `--regid=${GID}`, '--clear-groups']

/** The first process of the namespace waits, so that nothing that ends there stays. */
const HOLDER = `
folder=$1; shift
mount --bind "$folder/passwd" /etc/passwd
mount --bind "$folder" ${HOME}
while [ $# -gt 0 ]; do mount --bind "$1" "$2"; shift 2; done
cd ${HOME}
${AS_USER.join(' ')} libvirtd &
wait`

function giveAway(folder: string): void {
  for (const name of ['', ...fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    fs.chownSync(join(folder, name), UID, GID)
  }
}
