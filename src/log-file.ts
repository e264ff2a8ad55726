// SPDX-License-Identifier: Apache-2.0
import * as fs from 'node:fs'
import type { Sink } from './log.ts'
import { openOwnLog } from './own-file.ts'

const STDERR = 2

type ForeignPart = (path: string) => string | undefined

/** @throws OsError in upstream's words */
export function openLog(path: string, foreignPart: ForeignPart): number {
  return openOwnLog(
    (reason) => `unable to open specified log file: ${reason}`,
    path,
    0o640,
    foreignPart,
  )
}

/** The same when it is too late to end for it. */
function openLateLog(path: string, foreignPart: ForeignPart): number {
  try {
    return openLog(path, foreignPart)
  } catch {
    return STDERR
  }
}

/** What the system brings for it. */
interface LogSystem {
  createSink(fd: number): Sink
  foreignPart(path: string): string | undefined
}

/**
 * Opens the log with the first line that goes to it: while file systems are frozen, an open that may
 * make a file sleeps until the thaw, and nothing is written then.
 */
export class LogFile {
  readonly #path: string
  readonly #system: LogSystem
  #fd: number | undefined
  #sink: Sink | undefined

  /** @param fd the log, where it is open already */
  constructor(path: string, system: LogSystem, fd?: number) {
    this.#path = path
    this.#system = system
    this.#fd = fd
    this.#sink = fd === undefined ? undefined : system.createSink(fd)
  }

  /** A line has to be out before the next one is given. */
  readonly sink: Sink = (text) => {
    if (this.#sink === undefined) {
      if (this.#fd !== undefined && this.#fd !== STDERR) fs.closeSync(this.#fd)
      this.#fd = openLateLog(this.#path, this.#system.foreignPart)
      this.#sink = this.#system.createSink(this.#fd)
    }
    return this.#sink(text)
  }

  /** The next line goes to whatever has the name then: the file has been moved away. */
  reopen(): void {
    this.#sink = undefined
  }
}
