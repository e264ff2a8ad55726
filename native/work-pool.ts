// SPDX-License-Identifier: Apache-2.0
/**
 * The threads on which node:fs callbacks and koffi's asynchronous calls run. Bun sizes the pool by
 * the cores when it is first used: too few where some calls may wait for a disk or a server.
 */
import * as fs from 'node:fs'
import { setenv, unsetenv } from './libc.ts'

const THREADS = 16
let isPrepared = false

/** Call before the first use of the pool; later calls cost nothing. */
export function prepareWorkPool(): void {
  if (isPrepared) return
  isPrepared = true
  try {
    setenv('UV_THREADPOOL_SIZE', String(THREADS))
  } catch {
    // Where koffi cannot be loaded, files have to do with as many threads as there are cores.
    return
  }
  // The first use reads the variable, on this thread; children must not see it.
  fs.access('/', () => {})
  unsetenv('UV_THREADPOOL_SIZE')
}
