// SPDX-License-Identifier: Apache-2.0
/**
 * `--daemonize`. A Bun process cannot go on in a forked child, so the program is started a second
 * time in a session of its own, and says on descriptor 3 what happens until it serves.
 */
import * as fs from 'node:fs'
import { pipe } from '../../native/libc.ts'
import type { DaemonChild } from '../../src/agent/backend.ts'
import { adoptSocket, inheritedSocket } from './inherited-socket.ts'

/** First argument of the second start; nobody types it. */
const CHILD_MARK = '--qga-daemon-child'
/** The same, with the socket that a service manager handed over as the next descriptor. */
const SOCKET_MARK = '--qga-daemon-child-with-socket'
const REPORT_FD = 3
const SOCKET_FD = 4
/** Says on the pipe that the agent serves; texts never hold it. */
const SERVING = '\0'
/** The running program's file, also when its path has been replaced by an upgrade. */
const SELF = '/proc/self/exe'

export function asDaemonChild(args: readonly string[]): DaemonChild | undefined {
  if (args[0] === SOCKET_MARK) adoptSocket(SOCKET_FD)
  else if (args[0] !== CHILD_MARK) return undefined
  let isAlone = false
  return {
    args: args.slice(1),
    report: (text) => void fs.writeSync(REPORT_FD, text),
    serving: () => {
      if (isAlone) return
      isAlone = true
      process.umask(0o077)
      process.chdir('/')
      try {
        fs.writeSync(REPORT_FD, SERVING)
      } catch {
        // The command that was typed has been killed: nobody waits for the word.
      }
      fs.closeSync(REPORT_FD)
    },
  }
}

export async function daemonize(args: readonly string[]): Promise<number> {
  const [reports, childEnd] = pipe()
  const socket = inheritedSocket()
  const mark = socket === undefined ? CHILD_MARK : SOCKET_MARK
  const child = Bun.spawn([SELF, mark, ...args], {
    argv0: process.argv0,
    detached: true,
    env: process.env,
    stdio: ['ignore', 'ignore', 'ignore', childEnd, ...(socket === undefined ? [] : [socket])],
  })
  fs.closeSync(childEnd)
  let isServing = false
  for await (const bytes of Bun.file(reports).stream()) {
    const text = Buffer.from(bytes).toString()
    isServing ||= text.endsWith(SERVING)
    fs.writeSync(2, isServing ? text.slice(0, -1) : text)
  }
  if (!isServing) return (await child.exited) || 1
  child.unref()
  return 0
}
