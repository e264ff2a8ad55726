// SPDX-License-Identifier: Apache-2.0
import * as fs from 'node:fs'

/** Writes to a descriptor on the work pool; what cannot be written is lost, since there is nobody to tell. */
export function createSink(fd: number): (text: string) => Promise<void> {
  return (text) =>
    new Promise((resolve) => {
      fs.write(fd, text, () => resolve())
    })
}
