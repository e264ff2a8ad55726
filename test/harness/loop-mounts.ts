// SPDX-License-Identifier: Apache-2.0
/** Real file systems on loop devices of the test's own: what is frozen and trimmed instead of the machine's. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needs } from './needs.ts'

export type FileSystemType = 'ext4' | 'xfs' | 'btrfs'

const MIB = 1024 * 1024
/** The least that mkfs accepts, with room for a test's files. */
const SIZES: Readonly<Record<FileSystemType, number>> = {
  ext4: 16 * MIB,
  xfs: 320 * MIB,
  btrfs: 128 * MIB,
}
const QUIET: Readonly<Record<FileSystemType, readonly string[]>> = {
  ext4: ['-q', '-F'],
  xfs: ['-q', '-f'],
  btrfs: ['-q', '-f'],
}

/** Whether this machine lets us mount. */
export const canMount =
  needs('root') &&
  needs('mkfs.ext4') &&
  needs('mkfs.xfs') &&
  needs('mkfs.btrfs') &&
  needs('/dev/loop-control')

/** `using` thaws and unmounts all, the last one first, and removes the images. */
export class LoopMounts {
  readonly directory = mkdtempSync(join(tmpdir(), 'qga-mounts-'))
  readonly #mounted: string[] = []

  /**
   * A new file system.
   * @param image where its bytes lie; beside the mount points when absent
   * @returns its mount point
   */
  add(type: FileSystemType, name: string, image = join(this.directory, `${name}.img`)): string {
    makeImage(type, image)
    const point = join(this.directory, name)
    mkdirSync(point)
    must('mount', '-o', 'loop', image, point)
    this.#mounted.push(point)
    return point
  }

  /** Mounts something else, to be unmounted with the rest. */
  mount(point: string, ...args: readonly string[]): void {
    mkdirSync(point, { recursive: true })
    must('mount', ...args, point)
    this.#mounted.push(point)
  }

  [Symbol.dispose](): void {
    for (const point of this.#mounted.toReversed()) {
      spawnSync('fsfreeze', ['-u', point])
      spawnSync('umount', ['-l', point])
    }
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** A file with an empty file system. */
export function makeImage(type: FileSystemType, image: string): void {
  writeFileSync(image, '')
  truncateSync(image, SIZES[type])
  must(`mkfs.${type}`, ...QUIET[type], image)
}

/** The bytes that a file takes on disk, which for a sparse one is less than its length. */
export function allocated(path: string): number {
  return statSync(path).blocks * 512
}

/** A write from another process, which may have to wait. */
export class Writer {
  readonly #path: string
  readonly #process: Bun.Subprocess

  constructor(path: string) {
    this.#path = path
    this.#process = Bun.spawn(['/bin/sh', '-c', 'echo written > "$1"', 'sh', path])
  }

  get isDone(): boolean {
    return this.#process.exitCode !== null
  }

  async done(): Promise<boolean> {
    return (await this.#process.exited) === 0 && existsSync(this.#path)
  }
}

/** Whether the file system takes a write: one that does not within a moment is frozen. */
export async function isWritable(mountPoint: string): Promise<boolean> {
  const writer = new Writer(join(mountPoint, `probe-${crypto.randomUUID()}`))
  return await Promise.race([writer.done(), Bun.sleep(PROBE_MS).then(() => false)])
}

const PROBE_MS = 700

function must(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot ${command} ${args.join(' ')}: ${error ?? stderr}`)
}
