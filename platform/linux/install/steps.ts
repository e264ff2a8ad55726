// SPDX-License-Identifier: Apache-2.0
/** The changes that an installation consists of. */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { Step } from '../../../src/admin/administration.ts'
import { attempt } from '../../../src/errno.ts'
import { OsError } from '../../../src/errors.ts'

const PERMISSIONS = 0o7777
const COMPARED_BYTES = 1024 * 1024

export interface TextFile {
  readonly path: string
  readonly text: string
  readonly mode: number
  /** One that is there already stays, whatever is in it. */
  readonly keeps: boolean
}

export function putText({ path, text, mode, keeps }: TextFile): Step {
  return {
    says: `write ${path}`,
    isDone: () =>
      keeps
        ? fs.existsSync(path)
        : readIfThere(path) === text && (fs.statSync(path).mode & PERMISSIONS) === mode,
    run: () =>
      replace(path, mode, (temporary) => fs.writeFileSync(temporary, text, { flag: 'wx' })),
  }
}

/** The program that runs, as a file of its own: /proc/self/exe is there even when it was replaced. */
export function putExecutable(path: string): Step {
  const own = '/proc/self/exe'
  return {
    says: `copy this program to ${path}`,
    isDone: () => isSame(own, path),
    run: () =>
      replace(path, 0o755, (temporary) =>
        fs.copyFileSync(own, temporary, fs.constants.COPYFILE_EXCL),
      ),
  }
}

export function putLink(path: string, target: string): Step {
  return {
    says: `link ${path} to ${target}`,
    isDone: () =>
      fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
      fs.readlinkSync(path) === target,
    run: () => replace(path, undefined, (temporary) => fs.symlinkSync(target, temporary)),
  }
}

export function makeDirectory(path: string): Step {
  return {
    says: `make the directory ${path}`,
    isDone: () => fs.existsSync(path),
    run: () => void fs.mkdirSync(path, { recursive: true, mode: 0o755 }),
  }
}

export function remove(path: string): Step {
  return {
    says: `remove ${path}`,
    isDone: () => fs.lstatSync(path, { throwIfNoEntry: false }) === undefined,
    run: () => fs.rmSync(path, { force: true }),
  }
}

/** @throws OsError with what the program printed, when it fails */
export function runCommand(...command: readonly [string, ...string[]]): Step {
  return {
    says: `run ${command.join(' ')}`,
    isDone: () => false,
    run: () => {
      const { exitCode, stderr } = Bun.spawnSync([...command], {
        stdin: 'ignore',
        stdout: 'ignore',
      })
      if (exitCode === 0) return
      throw new OsError(`${command.join(' ')} failed: ${stderr.toString().trim()}`, 'EIO')
    },
  }
}

export function readIfThere(path: string): string | undefined {
  return fs.existsSync(path)
    ? attempt(`Cannot read ${path}`, () => fs.readFileSync(path, 'utf8'))
    : undefined
}

/** Whole or not at all: whoever runs or reads the old file goes on with it. */
function replace(path: string, mode: number | undefined, write: (temporary: string) => void): void {
  const temporary = `${path}.qga-new`
  attempt(`Cannot write ${path}`, () => {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    fs.rmSync(temporary, { force: true })
    write(temporary)
    // The umask has no say in it.
    if (mode !== undefined) fs.chmodSync(temporary, mode)
    fs.renameSync(temporary, path)
  })
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [one, other].map((path) => fs.statSync(path, { throwIfNoEntry: false }))
  if (left === undefined || right === undefined || left.size !== right.size) return false
  if (left.ino === right.ino && left.dev === right.dev) return true
  const [a, b] = [fs.openSync(one, 'r'), fs.openSync(other, 'r')]
  const [x, y] = [Buffer.alloc(COMPARED_BYTES), Buffer.alloc(COMPARED_BYTES)]
  try {
    for (let at = 0; at < left.size; at += COMPARED_BYTES) {
      const got = fs.readSync(a, x, 0, COMPARED_BYTES, at)
      if (fs.readSync(b, y, 0, COMPARED_BYTES, at) !== got) return false
      if (!x.subarray(0, got).equals(y.subarray(0, got))) return false
    }
    return true
  } finally {
    fs.closeSync(a)
    fs.closeSync(b)
  }
}
