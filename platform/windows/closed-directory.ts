// SPDX-License-Identifier: Apache-2.0
/** Directories that admit only SYSTEM and Administrators: %ProgramData% itself lets every user make files in it. */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { makeDirectory } from '../../native/profiles.ts'
import { protectFile } from '../../native/security.ts'
import { attempt } from '../../src/errno.ts'
import { refuseStrangers } from './ownership.ts'

const ONLY_ADMINISTRATORS = 'O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'

/** Makes a directory, or closes the one that is there. @throws OsError */
export async function closeDirectory(path: string): Promise<void> {
  const action = `Cannot make ${path}`
  attempt(action, () => fs.mkdirSync(dirname(path), { recursive: true }))
  const wasThere = fs.existsSync(path)
  await makeDirectory(action, path, ONLY_ADMINISTRATORS)
  if (wasThere) await protectFile(`Cannot close ${path} to others`, path, ONLY_ADMINISTRATORS)
  refuseStrangers(path)
}
