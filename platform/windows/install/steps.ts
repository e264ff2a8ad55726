// SPDX-License-Identifier: Apache-2.0
/** The changes to files that an installation consists of. */
import * as fs from 'node:fs'
import { deleteAtBoot } from '../../../native/kernel32-file.ts'
import type { Step } from '../../../src/admin/administration.ts'
import { attempt } from '../../../src/errno.ts'
import { closeDirectory } from '../closed-directory.ts'
import { strangersOf } from '../ownership.ts'

export function makeClosedDirectory(path: string): Step {
  return {
    says: `make the directory ${path}, for SYSTEM and Administrators only`,
    isDone: () => fs.existsSync(path) && strangersOf(path).length === 0,
    run: () => closeDirectory(path),
  }
}

/** @param content of the file, asked for when it is compared or written */
export function putFile(says: string, path: string, content: () => Buffer): Step {
  return {
    says: `${says} to ${path}`,
    isDone: () => readIfThere(path)?.equals(content()) === true,
    run: () => {
      const temporary = `${path}.${crypto.randomUUID()}`
      attempt(`Cannot write ${path}`, () => fs.writeFileSync(temporary, content(), { flag: 'wx' }))
      // What runs or is loaded can be renamed, and neither written nor deleted.
      if (fs.existsSync(path)) setAside(path)
      attempt(`Cannot write ${path}`, () => fs.renameSync(temporary, path))
    },
  }
}

export function removeFile(path: string): Step {
  return {
    says: `remove ${path}`,
    isDone: () => !fs.existsSync(path),
    run: () => setAside(path),
  }
}

/** What an update had to leave because it was in use. */
export function removeOlder(directory: string): Step {
  const older = () =>
    fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => ASIDE.test(name)) : []
  return {
    says: `remove older files in ${directory}`,
    isDone: () => older().length === 0,
    run: () => {
      for (const name of older()) removeSomeTime(`${directory}\\${name}`)
    },
  }
}

export function removeDirectory(path: string): Step {
  return {
    says: `remove ${path}`,
    isDone: () => !fs.existsSync(path),
    run: () => {
      try {
        fs.rmdirSync(path)
      } catch {
        // What is in it goes at the next boot, and it does after that.
        deleteAtBoot(path)
      }
    },
  }
}

const ASIDE = /\.old(-[0-9a-f-]{36})?$/

/** Deletes a file; one that is in use goes out of the way, and at the next boot for good. */
function setAside(path: string): void {
  const aside = `${path}.old-${crypto.randomUUID()}`
  attempt(`Cannot replace ${path}`, () => fs.renameSync(path, aside))
  removeSomeTime(aside)
}

/** Now, or at the next boot when it is in use. */
function removeSomeTime(path: string): void {
  try {
    fs.rmSync(path)
  } catch {
    deleteAtBoot(path)
  }
}

function readIfThere(path: string): Buffer | undefined {
  return fs.existsSync(path)
    ? attempt(`Cannot read ${path}`, () => fs.readFileSync(path))
    : undefined
}
