// SPDX-License-Identifier: Apache-2.0
/** What an administrator can do on Linux. An agent that starts never loads this. */
import type { Administration } from '../../src/admin/administration.ts'
import { examine } from './doctor/examine.ts'
import { places } from './doctor/rules.ts'
import { setup } from './install/setup.ts'

export const administration: Administration = { setup, places, examine }
