// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { not } from './condition.ts'
import {
  alternate,
  args,
  bool,
  bytes,
  encoded,
  enumeration,
  int,
  list,
  optional,
  str,
  struct,
} from './qapi.ts'

/**
 * Everything but `exited` is absent while the process runs; then `exitcode` or `signal` says how
 * it ended. The data are absent when there was no output. Asking after the end forgets the process.
 */
export const guestExecStatus = command({
  name: 'guest-exec-status',
  since: '2.5',
  args: () => args({ pid: int }),
  returns: () =>
    struct({
      exited: bool,
      exitcode: optional(int),
      signal: optional(int),
      'out-data': optional(bytes),
      'err-data': optional(bytes),
      'out-truncated': optional(bool),
      'err-truncated': optional(bool),
    }),
  secret: ['out-data', 'err-data'],
  polled: true,
})

/** `true` is `separated`, `false` is `none`. */
const captureOutput = () =>
  alternate('GuestExecCaptureOutput', [
    bool,
    enumeration('GuestExecCaptureOutputMode', ['none', 'stdout', 'stderr', 'separated', 'merged'], {
      merged: not('CONFIG_WIN32'),
    }),
  ])

/**
 * Starts a program, without a shell, and answers its process id at once. `env` is the whole
 * environment (`NAME=value`), the agent's own when absent. Each stream keeps 16 MiB of output.
 */
export const guestExec = command({
  name: 'guest-exec',
  since: '2.5',
  args: () =>
    args({
      path: str,
      arg: optional(list(str)),
      env: optional(list(str)),
      'input-data': optional(encoded),
      'capture-output': optional(captureOutput()),
    }),
  returns: () => struct({ pid: int }),
  audited: true,
  encoded: ['input-data'],
  secret: ['env', 'input-data'],
  // LD_PRELOAD and its like run what they please.
  ruled: { argument: 'path', as: 'program', excludes: ['env'] },
})
