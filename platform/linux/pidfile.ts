// SPDX-License-Identifier: Apache-2.0
/** The pid file of a daemon: whoever holds its lock is the running instance. */
import * as fs from 'node:fs'
import { lockFile } from '../../native/libc.ts'
import type { PidFile } from '../../src/agent/backend.ts'
import { attempt } from '../../src/errno.ts'
import { openOwn } from '../../src/own-file.ts'

export function acquirePidFile(path: string): PidFile {
  for (;;) {
    const says = (reason: string) => `Could not create '${path}': ${reason}`
    const fd = openOwn(says, path, fs.constants.O_CREAT | fs.constants.O_WRONLY, 0o600)
    lockFile('Cannot lock pid file', fd)
    const held = attempt('Cannot stat file', () => fs.fstatSync(fd))
    const named = attempt('Cannot stat file', () => fs.lstatSync(path, { throwIfNoEntry: false }))
    // An instance that was ending may have removed the file between the open and the lock.
    if (named?.ino !== held.ino || named.dev !== held.dev) {
      fs.closeSync(fd)
      continue
    }
    attempt('Failed to truncate pid file', () => fs.ftruncateSync(fd))
    attempt('Failed to write pid file', () => fs.writeSync(fd, `${process.pid}\n`))
    return { remove: () => fs.rmSync(path, { force: true }) }
  }
}
