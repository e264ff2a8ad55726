// SPDX-License-Identifier: Apache-2.0
/** Windows trims file systems with its own program, one after the other. */
import { driveType, volumeNames, volumePaths } from '../../native/kernel32-volume.ts'
import { AgentError } from '../../src/errors.ts'
import { parseStrings } from './parse/device-properties.ts'
import { runProgram } from './run-program.ts'

const LIMIT_MS = 10 * 60_000
const DRIVE_FIXED = 3
/** DRIVE_UNKNOWN, DRIVE_NO_ROOT_DIR */
const UNDECIDED = 1

/** Volumes, and the program; tests bring their own. */
const TRIMMING = { volumeNames, volumePaths, driveType, run: runProgram }

/** Its exit code is 0 in any case: a failure is a line with an error code in parentheses. */
export function trimError(output: string): string | undefined {
  return output.split('\r\n').find((line) => line.includes('(0x'))
}

export async function trimAll({ volumeNames, volumePaths, driveType, run } = TRIMMING) {
  async function trim(path: string): Promise<{ path: string; error?: string }> {
    try {
      const ran = await run({ name: 'defrag.exe', args: ['/L', path], limitMs: LIMIT_MS })
      const error = ran.ending === undefined ? 'defrag timed out' : trimError(ran.output)
      return error === undefined ? { path } : { path, error }
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
      return { path, error: error.message }
    }
  }

  const paths = []
  for (const volume of await volumeNames()) {
    const names = await volumePaths(volume)
    const path = names && parseStrings(names)[0]
    if (path === undefined) continue
    let type = await driveType(volume)
    if (type <= UNDECIDED) type = await driveType(path)
    if (type === DRIVE_FIXED) paths.unshift(await trim(path))
  }
  return { paths }
}
