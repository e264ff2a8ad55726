// SPDX-License-Identifier: Apache-2.0
/** What an administrator can do on Windows. An agent that starts never loads this. */
import type { Administration } from '../../src/admin/administration.ts'
import { createExamination } from './doctor/examine.ts'
import { places } from './doctor/rules.ts'
import { createSetup } from './install/setup.ts'

/** @param stateDirectory where the configuration is as well */
export function createAdministration(stateDirectory: string): Administration {
  return {
    setup: createSetup(stateDirectory),
    places,
    examine: createExamination(stateDirectory),
  }
}
