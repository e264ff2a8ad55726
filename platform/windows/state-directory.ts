// SPDX-License-Identifier: Apache-2.0
import * as fs from 'node:fs'
import { messages, OsError } from '../../src/errors.ts'
import { closeDirectory } from './closed-directory.ts'

/** Makes the state directory, closed to users, unless it is there: an administrator may have opened it. */
export async function makeStateDirectory(path: string): Promise<void> {
  if (fs.existsSync(path)) return
  try {
    await closeDirectory(path)
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const action = `unable to create (an ancestor of) the state directory '${path}'`
    throw new OsError(`${action}: ${messages(error).join('; ')}`, error.code)
  }
}
