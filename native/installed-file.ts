// SPDX-License-Identifier: Apache-2.0
/**
 * Windows: a library beside the executable, where `qga install` has put it. It is loaded only when nobody but the
 * system and administrators can change the directory or the file, and while it is held.
 */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { bindEarly, strangersAt, whileHeld } from './early-windows.ts'

export const LIBRARY_NAME = 'koffi.node'

/**
 * Hands `open` a path to `library`.
 * @returns undefined when nothing is installed there, or the library of another version
 * @throws Error when others could have changed it
 */
export function withInstalledFile<T>(library: Buffer, open: (path: string) => T): T | undefined {
  const directory = dirname(process.execPath)
  const path = `${directory}\\${LIBRARY_NAME}`
  if (!fs.existsSync(path)) return undefined
  const system = bindEarly()
  for (const each of [directory, path]) {
    const others = strangersAt(each)
    if (others.length > 0)
      throw new Error(`Cannot load ${path}: ${each} can be changed by ${others.join(', ')}`)
  }
  return whileHeld(system, path, library, open)
}
