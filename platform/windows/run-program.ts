// SPDX-License-Identifier: Apache-2.0
/** Windows' own programs that do part of a command's work: by full path, with a time limit, their output kept. */
import { systemDirectory } from '../../native/windows-library.ts'
import type { Ending, Launch, Launched } from '../../src/portable/exec.ts'
import { start } from './exec.ts'

/** More than any of them says. */
const OUTPUT_MAX = 1024 * 1024

export interface ProgramRun {
  /** In the system directory. */
  readonly name: string
  readonly args: readonly string[]
  readonly limitMs: number
}

export interface ProgramResult {
  /** Undefined: it took too long, and was ended. */
  readonly ending: Ending | undefined
  /** Bytes as characters: its code page is unknown, and only ASCII is looked for. */
  readonly output: string
}

/** @throws OsError when it does not start */
export function runProgram(run: ProgramRun): Promise<ProgramResult> {
  return runStarted(run, `${systemDirectory()}\\${run.name}`, start)
}

async function runStarted(
  { args, limitMs }: ProgramRun,
  path: string,
  begin: (launch: Launch) => { readonly launched: Launched; readonly end: () => void },
): Promise<ProgramResult> {
  let output = ''
  const { launched, end } = begin({
    path,
    args,
    stdout: 'capture',
    stderr: 'ignore',
    onOutput: (_, bytes) => {
      if (output.length >= OUTPUT_MAX) return false
      output += Buffer.from(bytes).toString('latin1')
      return true
    },
  })
  let isTooLong = false
  const limit = setTimeout(() => {
    isTooLong = true
    end()
  }, limitMs)
  const ending = await launched.done
  clearTimeout(limit)
  return { ending: isTooLong ? undefined : ending, output }
}
