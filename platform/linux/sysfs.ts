// SPDX-License-Identifier: Apache-2.0
/** Small files of sysfs that say how something is switched, and switch it when they are written. */
import * as fs from 'node:fs'
import { prepareWorkPool } from '../../native/work-pool.ts'
import { attempt, errorCode, systemError } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'

const { O_DIRECTORY, O_RDONLY, O_RDWR } = fs.constants

/** A file of a device, and how many bytes of it say something. */
export interface Switch {
  readonly name: string
  readonly bytes: number
}

/** Upstream's words for what may fail. */
interface ReadWords {
  readonly directory: string
  readonly open: string
  readonly read: string
}

/**
 * The beginning of a file in a device's directory; undefined when the directory has no such file.
 * It answers from memory, so it is read here and now.
 * @param directory with a slash at its end
 * @param use whether it is to be written afterwards, and must allow that
 * @throws OsError in the given words
 */
export function readSwitch(
  directory: string,
  file: Switch,
  words: ReadWords,
  use: 'read' | 'write' = 'read',
): string | undefined {
  let fd: number
  try {
    fd = fs.openSync(`${directory}${file.name}`, use === 'write' ? O_RDWR : O_RDONLY)
  } catch (error) {
    // Both a missing device and a device without the file come here.
    const missing = directoryError(directory)
    if (missing !== undefined) throw systemError(words.directory, missing)
    if (errorCode(error) === 'ENOENT') return undefined
    throw systemError(words.open, error)
  }
  try {
    const bytes = Buffer.alloc(file.bytes)
    const size = attempt(words.read, () => fs.readSync(fd, bytes, 0, file.bytes, 0))
    if (size === 0) throw new OsError(`${words.read}: unexpected EOF`, 'EIO')
    return bytes.toString('latin1', 0, size)
  } finally {
    fs.closeSync(fd)
  }
}

/** Why a directory cannot be opened; undefined when it can. */
export function directoryError(path: string): unknown {
  try {
    fs.closeSync(fs.openSync(path, O_RDONLY | O_DIRECTORY))
    return undefined
  } catch (error) {
    return error
  }
}

/**
 * Writes a file on the work pool: the kernel moves tasks and pages meanwhile, for seconds if it has to.
 * @throws OsError in the given words
 */
export async function writeSwitch(
  path: string,
  text: string,
  words: { readonly open: string; readonly write: string },
): Promise<void> {
  prepareWorkPool()
  const file = await fs.promises.open(path, 'r+').catch((error) => {
    throw systemError(words.open, error)
  })
  try {
    await file.write(text, 0)
  } catch (error) {
    throw systemError(words.write, error)
  } finally {
    await file.close()
  }
}
