// SPDX-License-Identifier: Apache-2.0
/** Which file a program name means: execvp(3)'s search, in the PATH that the child will have. */
import * as fs from 'node:fs'
import { errorCode, strerror } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'

const DEFAULT_PATH = '/bin:/usr/bin:.'
const OWN_PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The file that a name means: itself when it has a slash, else the first in the path that may be executed.
 * @throws OsError EACCES when only files that may not be executed were found, ENOENT when none was
 */
export function findProgram(name: string, searchPath = DEFAULT_PATH): string {
  return search(name, searchPath.split(':'))
}

/**
 * The same for what the agent runs as itself: the directory that it happens to be in is not searched,
 * whatever the path says.
 */
export function findOwnProgram(name: string, searchPath = OWN_PATH): string {
  return search(
    name,
    searchPath.split(':').filter((directory) => directory.startsWith('/')),
  )
}

function search(name: string, directories: readonly string[]): string {
  if (name.includes('/')) return name
  let isForbidden = false
  for (const directory of name === '' ? [] : directories) {
    const candidate = `${directory === '' ? '.' : directory}/${name}`
    try {
      fs.accessSync(candidate, fs.constants.X_OK)
      if (fs.statSync(candidate).isFile()) return candidate
      isForbidden = true
    } catch (error) {
      if (errorCode(error) === 'EACCES') isForbidden = true
    }
  }
  const code = isForbidden ? 'EACCES' : 'ENOENT'
  throw new OsError(`${name}: ${strerror(code)}`, code)
}
