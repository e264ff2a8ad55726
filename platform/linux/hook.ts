// SPDX-License-Identifier: Apache-2.0
/** The administrator's program that applications are quiesced and released by. */
import { OsError } from '../../src/errors.ts'
import type { HookSetting } from './freezer-orders.ts'
import { foreignPart } from './ownership.ts'
import { mustRun, runProgram } from './run-program.ts'

const ACTION = 'execute fsfreeze hook'

/**
 * Runs the hook with its one argument.
 * @returns what it printed
 * @throws OsError in upstream's words, with what the hook printed; or that it may not be run
 */
export async function runHook(
  { path, limitMs }: HookSetting,
  event: 'freeze' | 'thaw',
): Promise<string> {
  refuseForeign(path)
  // The script that we ship has several programs to call in that time.
  const env = { QGA_FSFREEZE_HOOK_TIMEOUT: String(limitMs / 1000) }
  return await mustRun(runProgram, ACTION, { name: path, args: [event], env, limitMs })
}

/**
 * It runs as root: what others can write, or put another in the place of, is not run.
 * @throws OsError
 */
export function refuseForeign(path: string): void {
  const reason = foreignPart(path)
  if (reason === undefined) return
  throw new OsError(`Cannot ${ACTION} "${path}": ${reason}`, 'EACCES')
}
