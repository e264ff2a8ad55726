// SPDX-License-Identifier: Apache-2.0
/** Which file a program name means: execvp(3)'s search, in the PATH that the child will have. */
import * as fs from 'node:fs'
import { errorCode, strerror } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'

const DEFAULT_PATH = '/bin:/usr/bin:.'

/**
 * The file that a name means: itself when it has a slash, else the first in the path that may be executed.
 * @throws OsError EACCES when only files that may not be executed were found, ENOENT when none was
 */
export function findProgram(name: string, searchPath = DEFAULT_PATH): string {
  if (name.includes('/')) return name
  let isForbidden = false
  for (const directory of name === '' ? [] : searchPath.split(':')) {
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
