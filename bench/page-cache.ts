// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync } from 'node:fs'
import { libc, POSIX_FADV_DONTNEED } from './libc.ts'

/**
 * Lets the system forget what it holds of a file. How a file came into the page cache decides how
 * much of it a fault maps, so resident memory compares only after this and one start.
 */
export function evict(path: string): void {
  // Dirty pages stay: they must be on the disk first.
  Bun.spawnSync(['sync', path])
  const fd = openSync(path, 'r')
  libc.posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)
  closeSync(fd)
}
