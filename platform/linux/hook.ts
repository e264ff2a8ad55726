// SPDX-License-Identifier: Apache-2.0
/** The administrator's program that applications are quiesced and released by. */
import * as fs from 'node:fs'
import { OsError } from '../../src/errors.ts'
import type { HookSetting } from './freezer-orders.ts'
import { mustRun, runProgram } from './run-program.ts'

const ACTION = 'execute fsfreeze hook'
const WRITABLE_BY_GROUP = 0o020
const WRITABLE_BY_OTHERS = 0o002

/**
 * Runs the hook with its one argument.
 * @throws OsError in upstream's words, with what the hook printed; or that it may not be run
 */
export async function runHook(
  { path, limitMs }: HookSetting,
  event: 'freeze' | 'thaw',
): Promise<void> {
  refuseForeign(path)
  // The script that we ship has several programs to call in that time.
  const env = { QGA_FSFREEZE_HOOK_TIMEOUT: String(limitMs / 1000) }
  await mustRun(runProgram, ACTION, { name: path, args: [event], env, limitMs })
}

/**
 * It runs as root: what others can write is not run.
 * @throws OsError
 */
export function refuseForeign(path: string): void {
  const stat = fs.statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return
  const isOthers =
    (stat.mode & WRITABLE_BY_OTHERS) !== 0 ||
    (stat.gid !== 0 && (stat.mode & WRITABLE_BY_GROUP) !== 0)
  if (stat.uid === 0 && !isOthers) return
  const reason = stat.uid === 0 ? 'others than root can write it' : 'it does not belong to root'
  throw new OsError(`Cannot ${ACTION} "${path}": ${reason}`, 'EACCES')
}
