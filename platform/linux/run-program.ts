// SPDX-License-Identifier: Apache-2.0
/** Runs the guest's own programs, never longer than they are given, and waits for none that is gone. */
import * as fs from 'node:fs'
import { pipe } from '../../native/libc.ts'
import { errorCode, strerror } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'
import { within } from '../../src/within.ts'
import { findOwnProgram } from './program-search.ts'

export interface Program {
  /** With a slash a path, else a name for PATH. */
  readonly name: string
  readonly args: readonly string[]
  /** Goes to its standard input; nothing when absent. */
  readonly input?: Uint8Array
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Its processes are killed when it runs longer. Time that the machine sleeps does not count. */
  readonly limitMs: number
  /** How many bytes of output are kept; as many as anyone reads when absent. */
  readonly outputMax?: number
}

/** How a program ended. */
export interface Outcome {
  readonly kind: 'exited' | 'killed' | 'not-started' | 'too-long'
  /** When it exited. */
  readonly status?: number
  /** What it printed, on both streams; cut when there was too much. */
  readonly output: string
}

export type RunProgram = (program: Program) => Promise<Outcome>

const OUTPUT_MAX = 64 * 1024
/** To read what is left in the pipe. What a program leaves running may keep that open, and is not waited for. */
const LAST_WORDS_MS = 1000
/** A process that the kernel holds cannot be killed, and is left. */
const KILL_MS = 1000

export async function runProgram(program: Program): Promise<Outcome> {
  const { name, args, input, limitMs, outputMax = OUTPUT_MAX } = program
  const [readEnd, writeEnd] = pipe()
  let child: Bun.Subprocess
  try {
    child = Bun.spawn([findOwnProgram(name, process.env['PATH']), ...args], {
      argv0: name,
      env: { ...process.env, ...program.env },
      detached: true,
      stdio: [input ?? 'ignore', writeEnd, writeEnd],
    })
  } catch (error) {
    fs.closeSync(readEnd)
    const code = errorCode(error)
    if (code === undefined) throw error
    const output = `failed to exec '${name}': ${strerror(code)}\n`
    return { kind: 'not-started', output }
  } finally {
    fs.closeSync(writeEnd)
  }
  const words = collect(readEnd, outputMax)
  const hasEnded = await within(limitMs, child.exited)
  if (!hasEnded) {
    killGroup(child.pid)
    await within(KILL_MS, child.exited)
  }
  await within(LAST_WORDS_MS, words.ended)
  const output = await words.stop()
  if (!hasEnded) return { kind: 'too-long', output }
  if (child.signalCode !== null) return { kind: 'killed', output }
  return { kind: 'exited', status: child.exitCode ?? 0, output }
}

/**
 * Runs a program that has to succeed.
 * @throws OsError in upstream's words, `child process has failed to ACTION: …`
 */
export async function mustRun(run: RunProgram, action: string, program: Program): Promise<string> {
  const { kind, status, output } = await run(program)
  if (kind === 'exited' && status === 0) return output
  throw new OsError(complaint(action, program, { kind, output, ...(status && { status }) }), 'EIO')
}

function complaint(action: string, { name, limitMs }: Program, outcome: Outcome): string {
  const { kind, status, output } = outcome
  const said = output === '' ? '' : `: ${output}`
  if (kind === 'too-long') {
    return `child process has failed to ${action}: ${name} did not end within ${limitMs / 1000} seconds${said}`
  }
  if (kind === 'killed') return `child process has terminated abnormally${said}`
  return `child process has failed to ${action}${said || `: exit status ${status}`}`
}

/** The program leads a group of its own: what it started goes with it. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The last of them has just ended.
  }
}

/** Reads a pipe until it ends or nobody wants more. */
function collect(
  fd: number,
  limit: number,
): { readonly ended: Promise<void>; stop(): Promise<string> } {
  const parts: Buffer[] = []
  let room = limit
  const reader = Bun.file(fd).stream().getReader()
  async function read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        parts.push(Buffer.from(value.subarray(0, room)))
        room -= parts.at(-1)?.length ?? 0
      }
    } catch {
      // What cannot be read any more is the end of what there was.
    }
  }
  const ended = read()
  return {
    ended,
    stop: async () => {
      await reader.cancel()
      fs.closeSync(fd)
      return Buffer.concat(parts).toString()
    },
  }
}
