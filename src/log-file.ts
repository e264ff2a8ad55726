// SPDX-License-Identifier: Apache-2.0
import * as fs from 'node:fs'
import { attempt } from './errno.ts'
import type { Sink } from './log.ts'

const STDERR = 2

/** @throws OsError in upstream's words */
export function openLog(path: string): number {
  return attempt('unable to open specified log file', () => fs.openSync(path, 'a', 0o640))
}

/** The same when it is too late to end for it. */
function openLateLog(path: string): number {
  try {
    return openLog(path)
  } catch {
    return STDERR
  }
}

/**
 * Opens the log with the first line that goes to it: while file systems are frozen, an open that may
 * make a file sleeps until the thaw, and nothing is written then.
 */
export class LogFile {
  readonly #path: string
  readonly #createSink: (fd: number) => Sink
  #fd: number | undefined
  #sink: Sink | undefined

  /** @param fd the log, where it is open already */
  constructor(path: string, createSink: (fd: number) => Sink, fd?: number) {
    this.#path = path
    this.#createSink = createSink
    this.#fd = fd
    this.#sink = fd === undefined ? undefined : createSink(fd)
  }

  /** A line has to be out before the next one is given. */
  readonly sink: Sink = (text) => {
    if (this.#sink === undefined) {
      if (this.#fd !== undefined && this.#fd !== STDERR) fs.closeSync(this.#fd)
      this.#fd = openLateLog(this.#path)
      this.#sink = this.#createSink(this.#fd)
    }
    return this.#sink(text)
  }

  /** The next line goes to whatever has the name then: the file has been moved away. */
  reopen(): void {
    this.#sink = undefined
  }
}
