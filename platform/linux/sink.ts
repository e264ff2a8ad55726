// SPDX-License-Identifier: Apache-2.0
import * as fs from 'node:fs'
import { prepareWorkPool } from '../../native/work-pool.ts'

/** Writes to a descriptor on the work pool; what cannot be written is lost, since there is nobody to tell. */
export function createSink(fd: number): (text: string) => Promise<void> {
  return async (text) => {
    prepareWorkPool()
    let rest = Buffer.from(text)
    while (rest.length > 0) {
      const written = await new Promise<number>((resolve) => {
        fs.write(fd, rest, 0, rest.length, null, (error, count) => resolve(error ? 0 : count))
      })
      if (written === 0) return
      rest = rest.subarray(written)
    }
  }
}
