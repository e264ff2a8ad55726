// SPDX-License-Identifier: Apache-2.0
/** What signals do to an agent that serves. */
import * as fs from 'node:fs'
import type { Log } from './log.ts'
import { within } from './within.ts'

/** A log that cannot be written must not keep the process from ending. */
const FLUSH_MAX_MS = 500
const STANDARD_FDS = [0, 1, 2] as const
/** /dev/null, major 1, minor 3: the one character device that a service is usually given. */
const NULL_DEVICE = 0x103

/**
 * Has the agent survive SIGHUP from here on: what rotates logs, or reloads services, sends it to all alike.
 * @returns sets what else it does
 */
export function surviveHangup(): (act: () => void) => void {
  let act = () => {}
  process.on('SIGHUP', () => act())
  return (next) => {
    act = next
  }
}

/** Whether a SIGHUP may say that the terminal has gone from which the agent was started. */
export function isOnTerminal(): boolean {
  return STANDARD_FDS.some((fd) => {
    try {
      // A terminal that has gone does not answer isatty(3) any more.
      const stat = fs.fstatSync(fd)
      return stat.isCharacterDevice() && stat.rdev !== NULL_DEVICE
    } catch {
      return false
    }
  })
}

/**
 * Ends the process on SIGINT and SIGTERM.
 * @param lastSteps are done first, in their order
 * @param cleanUp removes what must not stay when the process has gone
 * @returns does the same for another signal
 */
export function endOnSignals(
  log: Log & { flush(): Promise<void> },
  lastSteps: readonly (() => Promise<void>)[],
  cleanUp: () => void,
): (number: number) => Promise<void> {
  let isEnding = false
  const end = async (number: number) => {
    if (isEnding) return
    isEnding = true
    log.write('debug', `received signal num ${number}, quitting`)
    for (const step of lastSteps) {
      await step().catch((error: unknown) => log.write('error', String(error)))
    }
    cleanUp()
    await within(FLUSH_MAX_MS, log.flush())
    process.exit(0)
  }
  process.on('SIGINT', () => end(2))
  process.on('SIGTERM', () => end(15))
  return end
}
