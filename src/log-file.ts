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
export function openLateLog(path: string): number {
  try {
    return openLog(path)
  } catch {
    return STDERR
  }
}

/** While file systems are frozen, an open that may make a file sleeps until the thaw. */
export function atFirstUse(makeSink: () => Sink): Sink {
  let sink: Sink | undefined
  return (text) => {
    sink ??= makeSink()
    return sink(text)
  }
}
