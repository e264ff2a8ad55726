// SPDX-License-Identifier: Apache-2.0
/** The VSS provider as a part of the installation. Without it the agent does all but freeze. */
import * as fs from 'node:fs'
import type { Step } from '../../../src/admin/administration.ts'
import { OsError } from '../../../src/errors.ts'
import { PROVIDER_LIBRARY } from '../vss-identity.ts'
import { isProviderAt, registerProvider, unregisterProvider } from '../vss-provider.ts'
import { registrationProblems } from '../vss-registration.ts'
import { DIRECTORY } from './places.ts'
import { removeFile } from './steps.ts'

const LIBRARY = `${DIRECTORY}\\${PROVIDER_LIBRARY}`

export function registerStep(): Step {
  return {
    says: `register the VSS provider ${LIBRARY}`,
    isDone: () => isProviderAt(DIRECTORY) && registrationProblems().length === 0,
    run: () =>
      orSay('Installation of VSS provider is skipped. fsfreeze will be disabled.', () =>
        registerProvider(DIRECTORY),
      ),
  }
}

export function unregisterStep(): Step {
  return {
    says: `remove the VSS provider ${LIBRARY}`,
    isDone: () => !fs.existsSync(LIBRARY),
    run: () => {
      orSay('Removal of VSS provider is skipped.', () => unregisterProvider(DIRECTORY))
      if (fs.existsSync(LIBRARY)) return removeFile(LIBRARY).run()
    },
  }
}

/** In upstream's words, and with the reason. */
function orSay(skipped: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    process.stderr.write(`${skipped} ${error.message}\n`)
  }
}
