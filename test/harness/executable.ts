// SPDX-License-Identifier: Apache-2.0
/** The executable under test: `bun run build` makes it, QGA_EXECUTABLE names another. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const EXECUTABLE = resolve(
  process.env['QGA_EXECUTABLE'] ?? join(import.meta.dir, '../../dist/qga-linux-x64'),
)
if (!existsSync(EXECUTABLE)) throw new Error(`Cannot find ${EXECUTABLE}: bun run build makes it`)
