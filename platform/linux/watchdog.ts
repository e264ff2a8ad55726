// SPDX-License-Identifier: Apache-2.0
/**
 * Sees to it that a freeze ends. It is a process of its own: the agent may be stopped, killed or
 * asleep in the kernel, and so may the freezer.
 */
import * as fs from 'node:fs'
import { AgentError } from '../../src/errors.ts'
import type { Expired, FreezerOrder, ProcessId, Watch } from './freezer-orders.ts'
import type { HelperPort } from './helper-port.ts'
import { runHook } from './hook.ts'
import { isRunning } from './process-id.ts'

/** How often an orphan looks whether a new agent has ended the freeze. */
const TICK_MS = 1000
const FIRST_PAUSE_MS = 10

type ThawAll = () => { readonly count: number; readonly isDone: boolean }

/** Returns when the freeze is over, ended by others or by us. */
export async function watch(port: HelperPort, order: Watch, thawAll: ThawAll): Promise<void> {
  let marker: number | undefined
  port.answer(() => {
    marker = openMarker(order.marker)
    return null
  })
  let deadline = performance.now() + order.limitMs
  while (performance.now() < deadline) {
    const remaining = Math.max(0, deadline - performance.now())
    const next = receive(port, remaining)
    if (next?.order === 'end') return
    if (next?.order === 'frozen') deadline = performance.now() + order.limitMs
    if (next?.order === 'thaw') {
      const { count, isDone } = thawAll()
      const failed = isDone ? {} : { failed: 'failed to thaw all file systems', code: 'EIO' }
      port.answer(() => ({ count, foreign: [], ...failed }))
      if (isDone) return
    }
    // The agent has gone; the one after it removes the marker when it has thawed.
    if (port.isClosed && !isLinked(marker)) return
  }
  await expire(port, order, marker, thawAll)
}

function receive(port: HelperPort, limitMs: number): FreezerOrder | undefined {
  if (!port.isClosed) return port.receive(Math.ceil(limitMs)) as FreezerOrder | undefined
  Bun.sleepSync(Math.min(TICK_MS, limitMs))
  return undefined
}

async function expire(
  port: HelperPort,
  { freezer, marker: path, hook }: Watch,
  marker: number | undefined,
  thawAll: ThawAll,
): Promise<void> {
  let count = 0
  let pauseMs = FIRST_PAUSE_MS
  // A freezer that sleeps in the kernel ends when it wakes, maybe after one more freeze.
  for (;;) {
    const isGone = kill(freezer)
    const thawed = thawAll()
    count += thawed.count
    if (isGone && thawed.isDone) break
    Bun.sleepSync(pauseMs)
    pauseMs = Math.min(pauseMs * 2, TICK_MS)
  }
  if (isLinked(marker)) removeMarker(path, marker)
  let hookError: string | undefined
  try {
    if (hook !== undefined) await runHook(hook, 'thaw')
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    hookError = error.message
  }
  const told: Expired = { expired: { count, ...(hookError !== undefined && { hookError }) } }
  port.tell(told)
}

/** Whether it was gone before. */
function kill(target: ProcessId): boolean {
  if (!isRunning(target)) return true
  try {
    process.kill(target.pid, 'SIGKILL')
  } catch {
    // It went in between.
  }
  return false
}

function openMarker(path: string): number | undefined {
  try {
    return fs.openSync(
      path,
      fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK,
    )
  } catch {
    return undefined
  }
}

/** Without a marker nobody can tell that the freeze is over: then it is not. */
function isLinked(marker: number | undefined): boolean {
  return marker === undefined || fs.fstatSync(marker).nlink > 0
}

/** Only the one of this freeze. */
function removeMarker(path: string, marker: number | undefined): void {
  try {
    if (marker !== undefined && fs.statSync(path).ino === fs.fstatSync(marker).ino) {
      fs.unlinkSync(path)
    }
  } catch {
    // Somebody has removed it.
  }
}
