// SPDX-License-Identifier: Apache-2.0
/** The threads on which calls that may wait are made: Bun sizes the pool when it is first used. */
import * as fs from 'node:fs'

const THREADS = '16'
let isPrepared = false

/** Call before the first use of the pool; later calls cost nothing. */
export function prepareWorkPool(): void {
  if (isPrepared) return
  isPrepared = true
  process.env['UV_THREADPOOL_SIZE'] = THREADS
  // The first use reads the variable, on this thread; children must not see it.
  fs.access('.', () => {})
  delete process.env['UV_THREADPOOL_SIZE']
}
