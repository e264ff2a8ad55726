// SPDX-License-Identifier: Apache-2.0
/** Where commands run that take all file systems: in test/harness/cell.py those are the test's own. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, startAgent } from './agent.ts'
import { EXECUTABLE } from './executable.ts'
import { canMount, type FileSystemType, makeImage } from './loop-mounts.ts'
import { needs, toolPath } from './needs.ts'
import { until } from './program.ts'

export const canMakeCell =
  canMount && needs('python3') && needs('unshare') && needs('nsenter') && needs('qemu-ga')

export const QEMU_GA = toolPath('qemu-ga') ?? ''

/** `using` thaws, ends and removes all of it. */
export class Cell {
  readonly #directory: string
  readonly #holder: Bun.Subprocess<'pipe', 'ignore', 'pipe'>
  #count = 0

  private constructor(directory: string, holder: Bun.Subprocess<'pipe', 'ignore', 'pipe'>) {
    this.#directory = directory
    this.#holder = holder
  }

  /** @param types a file system of each, at /mnt/TYPE, in this order */
  static async start(types: readonly FileSystemType[]): Promise<Cell> {
    const directory = mkdtempSync(join(tmpdir(), 'qga-cell-'))
    mkdirSync(join(directory, 'root'))
    const images = types.flatMap((type) => {
      const image = join(directory, `${type}.img`)
      makeImage(type, image)
      return [image, type]
    })
    const script = join(import.meta.dir, 'cell.py')
    const programs = [EXECUTABLE, QEMU_GA]
    const holder = Bun.spawn(
      ['unshare', '-m', 'python3', script, join(directory, 'root'), ...programs, '--', ...images],
      { stdin: 'pipe', stdout: 'ignore', stderr: 'pipe' },
    )
    const cell = new Cell(directory, holder)
    await until(
      'the cell is made',
      () => holder.exitCode !== null || existsSync(cell.path('/ready')),
    )
    if (holder.exitCode === null) return cell
    rmSync(directory, { recursive: true, force: true })
    throw new Error(`Cannot make a cell: ${await holder.stderr.text()}`)
  }

  /** A path of the cell, seen from outside and from within. */
  path(inside: string): string {
    return `/proc/${this.#holder.pid}/root${inside}`
  }

  /** What lies below a file system. */
  image(type: FileSystemType): string {
    return join(this.#directory, `${type}.img`)
  }

  /**
   * Starts an agent in it.
   * @param wrapper a command line of the machine that runs another
   */
  serving(
    executable: string,
    options: readonly string[] = [],
    wrapper: readonly string[] = [],
  ): Promise<Agent> {
    const directory = this.path(`/agents/${++this.#count}`)
    mkdirSync(directory)
    const enter = ['nsenter', '-m', '-r', '-t', String(this.#holder.pid)]
    return startAgent([...wrapper, ...enter, executable], { directory, options })
  }

  [Symbol.dispose](): void {
    for (const type of ['ext4', 'xfs', 'btrfs']) {
      spawnSync('fsfreeze', ['-u', this.path(`/mnt/${type}`)])
    }
    this.#holder.kill('SIGKILL')
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
