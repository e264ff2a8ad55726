// SPDX-License-Identifier: Apache-2.0
/** Windows trims file systems with its own program, one after the other. */
import { AgentError } from '../../src/errors.ts'
import { fixedVolumes, VOLUMES } from './fixed-volumes.ts'
import { runProgram } from './run-program.ts'

const LIMIT_MS = 10 * 60_000

/** Volumes, and the program; tests bring their own. */
const TRIMMING = { ...VOLUMES, run: runProgram }

/** Its exit code is 0 in any case: a failure is a line with an error code in parentheses. */
export function trimError(output: string): string | undefined {
  return output.split('\r\n').find((line) => line.includes('(0x'))
}

export async function trimAll({ run, ...volumes } = TRIMMING) {
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
  for (const { path } of await fixedVolumes(volumes)) {
    if (path !== undefined) paths.unshift(await trim(path))
  }
  return { paths }
}
