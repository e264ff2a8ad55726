// SPDX-License-Identifier: Apache-2.0
/** Which file a program's name means, as the C runtime's spawn functions find it. */
import * as fs from 'node:fs'
import { win32 } from 'node:path'

const EXTENSIONS = ['.com', '.exe', '.bat', '.cmd'] as const

/**
 * The program's file; undefined when there is none. The directory that the agent happens to be in is not
 * searched, but the system directory is, where services are.
 * @param path with a directory, or a name to be looked for
 */
export function findProgram(
  path: string,
  searched: string,
  systemDirectory: string,
  isFile: (file: string) => boolean = isFileThere,
): string | undefined {
  const directories = hasDirectory(path)
    ? ['']
    : [systemDirectory, ...searched.split(';').map(unquoted).filter(win32.isAbsolute)]
  const names =
    win32.extname(path) === '' ? EXTENSIONS.map((extension) => path + extension) : [path]
  for (const directory of directories) {
    for (const name of names) {
      const file = directory === '' ? name : win32.join(directory, name)
      if (isFile(file)) return file
    }
  }
  return undefined
}

/** Whether a path says where the program is; a name alone is looked for. */
export function hasDirectory(path: string): boolean {
  return /[/\\:]/.test(path)
}

function unquoted(directory: string): string {
  return directory.replaceAll('"', '')
}

function isFileThere(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true
}
