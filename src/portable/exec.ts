// SPDX-License-Identifier: Apache-2.0
/** guest-exec: which streams are kept, how much of them, and until when. How a process starts, the platform knows. */
import type { Services } from '../agent/backend.ts'
import { InvalidArguments } from '../errors.ts'
import type { Handlers, Permit } from '../schema/command.ts'
import type { Platform } from '../schema/condition.ts'
import type * as schema from '../schema/exec.ts'
import { Capture, type CaptureBudget } from './capture.ts'

/** What becomes of a child's stdout or stderr. `merged`: stderr goes where stdout goes. */
export type Disposal = 'ignore' | 'capture' | 'merged'

export interface Launch {
  readonly path: string
  /** The file that the path was found to mean, where that had to be allowed first; the child still sees the path. */
  readonly program?: string
  readonly args: readonly string[]
  /** `NAME=value`; the whole environment. Absent: the agent's own. */
  readonly env?: readonly string[]
  /** Written to the child's stdin, which is then closed; absent: nothing to read. */
  readonly input?: readonly Uint8Array[]
  /** Nothing looks at the input any more. Comes only after a start that succeeded. */
  onInputDone?(): void
  readonly stdout: Disposal
  readonly stderr: Disposal
  /**
   * Takes output as it comes; the bytes are only valid during the call.
   * @returns false when it was dropped: more is read for the program's sake alone
   */
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): boolean
}

export type Ending = { readonly exitcode: number } | { readonly signal: number }

export interface Launched {
  readonly pid: number
  /** Resolves when the process has ended and every captured stream is at its end. */
  readonly done: Promise<Ending>
}

export interface ExecPorts {
  /** Makes sure that to start the program keeps nobody waiting. */
  reach(path: string): Promise<void>
  /**
   * Finds the program that a path means, and asks whether that may be run.
   * @returns the file to run, which nobody but the administrator can replace
   */
  permitted(path: string, permit: Permit): Promise<string>
  /** @throws OsError when the program cannot be started */
  launch(launch: Launch): Launched
  /** An account for the system's log. */
  account(message: string): void
}

export interface ExecLimits {
  /** Processes that run or whose result was not fetched. */
  readonly maxJobs: number
  /** Bytes of output that was not fetched, of all processes together. */
  readonly maxOutput: number
  /** Bytes kept of one stream. */
  readonly maxStream: number
  /** Bytes of input that was not taken, of all processes together. */
  readonly maxInput: number
  /** Milliseconds after which a result that nobody fetches makes room when there is none. */
  readonly resultAgeMs: number
}

export function execLimits(config: Services['config']): ExecLimits {
  return {
    maxJobs: config['max-exec-jobs'],
    maxOutput: config['max-exec-output'],
    maxStream: config['max-exec-stream'],
    maxInput: config['max-exec-input'],
    resultAgeMs: config['exec-result-age'] * 1000,
  }
}

interface Job {
  readonly pid: number
  readonly stdout: Capture
  readonly stderr: Capture
  ending: Ending | undefined
  /** When it ended, by performance.now(). */
  endedAt: number
}

interface Input {
  readonly slices: readonly Uint8Array[]
  readonly length: number
}

/** Bytes as they came, and the memory they lie in. */
type Encoded = NonNullable<
  Parameters<Handlers<typeof schema, Platform>['guest-exec']>[0]['input-data']
>

type Mode = 'none' | 'stdout' | 'stderr' | 'separated' | 'merged'

const DISPOSALS = {
  none: { stdout: 'ignore', stderr: 'ignore' },
  stdout: { stdout: 'capture', stderr: 'ignore' },
  stderr: { stdout: 'ignore', stderr: 'capture' },
  separated: { stdout: 'capture', stderr: 'capture' },
  merged: { stdout: 'capture', stderr: 'merged' },
} as const satisfies Record<Mode, { stdout: Disposal; stderr: Disposal }>

export function createExecHandlers(
  ports: ExecPorts,
  limits: ExecLimits,
): Handlers<typeof schema, Platform> {
  // In order of their start.
  const jobs: Job[] = []
  const budget: CaptureBudget = { left: limits.maxOutput }
  let waitingInput = 0

  /** @throws InvalidArguments when it is no base64, or too much waits already */
  function takeInput(encoded: Encoded): Input {
    const slices = encoded.decode()
    const length = slices.reduce((sum, slice) => sum + slice.length, 0)
    if (waitingInput + length > limits.maxInput) {
      throw new InvalidArguments(
        `too much input that was not read: ${waitingInput + length} bytes, the limit is max-exec-input=${limits.maxInput}`,
      )
    }
    return { slices, length }
  }

  /** A client that never asks for its results must not keep others from starting anything, for ever. */
  function dropForgotten(): void {
    const before = performance.now() - limits.resultAgeMs
    const isForgotten = ({ ending, endedAt }: Job) => ending !== undefined && endedAt <= before
    const forgotten = jobs.filter(isForgotten)
    for (const job of forgotten) {
      job.stdout.take()
      job.stderr.take()
      jobs.splice(jobs.indexOf(job), 1)
    }
    if (forgotten.length === 0) return
    ports.account(`${forgotten.length} results dropped that nobody has fetched`)
  }

  return {
    'guest-exec': async (request, permit) => {
      const { path, arg = [], env, 'input-data': encoded } = request
      ports.account(`guest-exec called: "${[path, ...arg].join(' ')}"`)
      await ports.reach(path)
      const program = permit && (await ports.permitted(path, permit))
      if (jobs.length >= limits.maxJobs || budget.left <= 0) dropForgotten()
      if (jobs.length >= limits.maxJobs) {
        throw new InvalidArguments(
          `too many processes whose result was not fetched: ${jobs.length}, the limit is max-exec-jobs=${limits.maxJobs}`,
        )
      }
      const input = encoded && takeInput(encoded)
      const stdout = new Capture(budget, limits.maxStream)
      const stderr = new Capture(budget, limits.maxStream)
      const { pid, done } = ports.launch({
        path,
        ...(program !== undefined && { program }),
        args: arg,
        ...(env === undefined ? {} : { env }),
        ...(input && {
          input: input.slices,
          onInputDone: () => {
            waitingInput -= input.length
            encoded.release()
          },
        }),
        ...DISPOSALS[modeOf(request['capture-output'])],
        onOutput: (stream, bytes) => (stream === 'stdout' ? stdout : stderr).append(bytes),
      })
      waitingInput += input?.length ?? 0
      const job: Job = { pid, stdout, stderr, ending: undefined, endedAt: 0 }
      jobs.push(job)
      void done.then((ending) => {
        job.ending = ending
        job.endedAt = performance.now()
      })
      return { pid }
    },

    'guest-exec-status': ({ pid }) => {
      // A number that has come round again was told last for the newer process: who asks means that one.
      const at = jobs.findLastIndex((job) => BigInt(job.pid) === BigInt(pid))
      const job = jobs[at]
      // Upstream's text, its broken format included: clients match it.
      if (job === undefined) throw new InvalidArguments('PID ld does not exist')
      if (job.ending === undefined) return { exited: false }
      jobs.splice(at, 1)
      const out = job.stdout.take()
      const err = job.stderr.take()
      return {
        exited: true,
        ...job.ending,
        ...(out && { 'out-data': out.bytes, 'out-truncated': out.isTruncated }),
        ...(err && { 'err-data': err.bytes, 'err-truncated': err.isTruncated }),
      }
    },
  }
}

function modeOf(capture: boolean | Mode | undefined): Mode {
  if (capture === undefined || capture === false) return 'none'
  return capture === true ? 'separated' : capture
}
