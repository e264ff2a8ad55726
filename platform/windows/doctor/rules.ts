// SPDX-License-Identifier: Apache-2.0
/** What becomes of rules on this machine. */
import type { RuledPlaces } from '../../../src/admin/administration.ts'
import { foreignPlace } from '../ownership.ts'
import { realPath } from '../target.ts'

export const places: RuledPlaces = {
  realPath,
  // Of a directory it counts who may add to it, as for any program in it.
  foreignProgram: (entry) => foreignPlace(/[/\\]$/.test(entry) ? `${entry}program` : entry),
}
