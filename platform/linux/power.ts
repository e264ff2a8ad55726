// SPDX-License-Identifier: Apache-2.0
/** Off and asleep. Success has no reply; whatever was tried and failed has. */
import * as fs from 'node:fs'
import { prepareWorkPool } from '../../native/work-pool.ts'
import { systemError } from '../../src/errno.ts'
import { type AgentError, InvalidArguments, OsError, Unsupported } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/power.ts'
import { mustRun, type RunProgram, runProgram } from './run-program.ts'
import { isShutdownMode, shutdownPrograms } from './shutdown-programs.ts'

/** `systemctl status` of a unit that exists and does not run; 4 is an unknown one. */
const KNOWN_UNIT = new Set([1, 2, 3])

/** Milliseconds that programs may take. */
export interface PowerLimits {
  /** Those that tell init or answer a question, and return. */
  readonly programMs: number
  /** Those that put the machine to sleep: memory goes to disk meanwhile. */
  readonly suspendMs: number
}

interface SuspendMode {
  /** systemd's name of it, and of its unit. */
  readonly verb: string
  readonly unit: string
  /** pm-utils' name of it. */
  readonly pm: string
  /** Its word in /sys/power/state; none: the kernel alone cannot do it. */
  readonly word?: string
}

const DISK: SuspendMode = {
  verb: 'hibernate',
  unit: 'systemd-hibernate',
  pm: 'hibernate',
  word: 'disk',
}
const RAM: SuspendMode = { verb: 'suspend', unit: 'systemd-suspend', pm: 'suspend', word: 'mem' }
const HYBRID: SuspendMode = {
  verb: 'hybrid-sleep',
  unit: 'systemd-hybrid-sleep',
  pm: 'suspend-hybrid',
}

/** The machine, as far as it can be switched; tests bring their own. */
export interface PowerSeams {
  readonly run: RunProgram
  /** Whether a file may be executed. */
  isProgram(path: string): boolean
  readState(): string
  writeState(word: string): Promise<void>
}

const STATE = '/sys/power/state'

const MACHINE: PowerSeams = {
  run: runProgram,
  isProgram: (path) => {
    try {
      fs.accessSync(path, fs.constants.X_OK)
      return true
    } catch {
      return false
    }
  },
  readState: () => fs.readFileSync(STATE, 'latin1'),
  // On the work pool: the call returns when the machine is awake again.
  writeState: (word) => {
    prepareWorkPool()
    return fs.promises.writeFile(STATE, word, { flag: fs.constants.O_WRONLY })
  },
}

export function createPowerHandlers(
  account: (message: string) => void,
  { programMs, suspendMs }: PowerLimits,
  { run, isProgram, readState, writeState }: PowerSeams = MACHINE,
): Handlers<typeof schema, 'linux'> {
  /** One of the programs that may do it: what it said, when it could not. */
  async function tryProgram(
    name: string,
    args: readonly string[],
  ): Promise<AgentError | undefined> {
    const { kind, status } = await run({ name, args, limitMs: suspendMs })
    if (kind === 'exited' && status === 0) return undefined
    const told = `the helper program '${[name, ...args].join(' ')}'`
    const what = {
      exited: `returned an unexpected exit status code (${status})`,
      'not-started': 'was not found',
      killed: 'was ended by a signal',
      'too-long': `did not end within ${suspendMs / 1000} seconds`,
    }[kind]
    return new OsError(`${told} ${what}`, 'EIO')
  }

  async function statusOf(name: string, args: readonly string[]): Promise<number | undefined> {
    return (await run({ name, args, limitMs: programMs })).status
  }

  function kernelKnows(word: string): boolean {
    try {
      return readState().includes(word)
    } catch {
      return false
    }
  }

  async function suspend({ verb, unit, pm, word }: SuspendMode): Promise<void> {
    let failure: AgentError | undefined
    const systemctl = await statusOf('systemctl', ['status', unit])
    if (systemctl !== undefined && KNOWN_UNIT.has(systemctl)) {
      failure = await tryProgram('systemctl', [verb])
      if (failure === undefined) return
    }
    if ((await statusOf('pm-is-supported', [`--${pm}`])) === 0) {
      const pmFailure = await tryProgram(`pm-${pm}`, [])
      if (pmFailure === undefined) return
      failure ??= pmFailure
    }
    if (word !== undefined && kernelKnows(word)) {
      await writeState(word).catch((error) => {
        throw systemError(`suspend: cannot write to '${STATE}'`, error)
      })
      return
    }
    throw failure ?? new Unsupported('the requested suspend mode is not supported by the guest')
  }

  return {
    'guest-shutdown': async ({ mode }) => {
      account(`guest-shutdown called, mode: ${mode ?? '(null)'}`)
      const wanted = mode ?? 'powerdown'
      if (!isShutdownMode(wanted)) {
        throw new InvalidArguments('mode is invalid (valid values are: halt|powerdown|reboot')
      }
      const programs = shutdownPrograms(wanted)
      const [, fallback] = programs
      const program = programs.find(({ name }) => isProgram(name)) ?? fallback
      await mustRun(run, 'shutdown', { ...program, limitMs: programMs })
    },
    'guest-suspend-disk': () => suspend(DISK),
    'guest-suspend-ram': () => suspend(RAM),
    'guest-suspend-hybrid': () => suspend(HYBRID),
  }
}
