// SPDX-License-Identifier: Apache-2.0
/** The script that we ship as /etc/qemu/fsfreeze-hook, in a directory of its own, under the shells that systems have as /bin/sh. */
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from './needs.ts'
import { run, Scratch } from './program.ts'

const SCRIPT = join(import.meta.dir, '../../platform/linux/install/fsfreeze-hook')

export const SHELLS = ['dash', 'bash', 'busybox'] as const
type Shell = (typeof SHELLS)[number]

const COMMANDS: Readonly<Record<Shell, readonly string[]>> = {
  dash: ['dash'],
  bash: ['bash', '--posix'],
  busybox: ['busybox', 'sh'],
}

export const canRunHook = needs('root') && SHELLS.every((shell) => needs(shell))

interface Call {
  readonly limit?: number
  /** Directories that go before the others of PATH. */
  readonly path?: string
  readonly cwd?: string
  readonly umask?: string
  readonly log?: string
}

export class HookScript {
  readonly scratch = new Scratch()
  readonly #shell: readonly string[]
  readonly #tools: string

  constructor(shell: Shell) {
    this.#shell = COMMANDS[shell]
    this.#tools = shell === 'busybox' ? this.#busyboxTools() : '/usr/bin:/bin'
    mkdirSync(this.file('fsfreeze-hook.d'))
    copyFileSync(SCRIPT, this.file('fsfreeze-hook'))
  }

  file(name: string): string {
    return this.scratch.file(name)
  }

  /** A program that writes down that it was called: in the hook's directory, or elsewhere by a path. */
  add(name: string, body = ''): string {
    const path = name.includes('/') ? name : this.file(`fsfreeze-hook.d/${name}`)
    const script = `#!/bin/sh\necho "\${0##*/} $1" >> "${this.file('calls')}"\n${body}\n`
    writeFileSync(path, script, { mode: 0o755 })
    return path
  }

  /** A link in the hook's directory. */
  link(name: string, target: string): string {
    const path = this.file(`fsfreeze-hook.d/${name}`)
    symlinkSync(target, path)
    return path
  }

  async call(event: string, options: Call = {}) {
    const { limit = 30, path = '', cwd = '/', umask = '022', log = this.file('log') } = options
    const { exitCode, stdout, stderr } = await run(
      ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...this.#command(event)],
      {
        cwd,
        env: {
          PATH: path + this.#tools,
          QGA_FSFREEZE_LOG: log,
          QGA_FSFREEZE_HOOK_TIMEOUT: String(limit),
        },
      },
    )
    return { exitCode, output: stdout + stderr }
  }

  /** Which programs were called, and how. */
  calls(): readonly string[] {
    return existsSync(this.file('calls')) ? this.scratch.read('calls').trim().split('\n') : []
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]()
  }

  #command(event: string): readonly string[] {
    const [shell = '', ...options] = this.#shell
    return [`/usr/bin/${shell}`, ...options, this.file('fsfreeze-hook'), event]
  }

  /** A system where the shell's tools are busybox's too. */
  #busyboxTools(): string {
    const directory = this.file('busybox')
    mkdirSync(directory)
    Bun.spawnSync(['busybox', '--install', '-s', directory])
    return directory
  }
}
