// SPDX-License-Identifier: Apache-2.0
/**
 * Word of changes at devices, which Bun's own loop cannot wait for. A thread of its own waits: on one of the work pool
 * that would be one that a hanging disk can take away.
 */
import { addEdges, createEpoll, type Edge, edgesWithin, waitForEdges } from '../../native/epoll.ts'
import { prepareWorkPool } from '../../native/work-pool.ts'

/**
 * Milliseconds. To hand the waiting over to another thread and get word from it takes two switches of threads, which
 * in a guest cost more than a request does.
 */
const SOON_MS = 1

/** Returns whether more is likely to come at once, so that this thread may wait for it a moment. */
export type Changed = (isHungUp: boolean) => boolean

const watchers = new Map<number, Changed>()
let epoll: number | undefined
let lastTag = 0

/**
 * Calls `changed` whenever something can be read or written that could not before, or the other end has gone.
 * @returns what ends that, to be called before the descriptor is closed
 * @throws OsError `action: strerror`
 */
export function watchEdges(action: string, fd: number, changed: Changed): () => void {
  epoll ??= start()
  const tag = ++lastTag
  addEdges(action, epoll, fd, tag)
  watchers.set(tag, changed)
  return () => void watchers.delete(tag)
}

function start(): number {
  prepareWorkPool()
  const created = createEpoll()
  waitForEdges(created, (edges) => tell(created, edges))
  return created
}

function tell(from: number, edges: readonly Edge[]): void {
  let isSoon = false
  for (const { tag, isHungUp } of edges) isSoon = watchers.get(tag)?.(isHungUp) === true || isSoon
  // Whatever else is due has its turn in between.
  if (isSoon) setImmediate(() => lookOut(from))
  else waitForEdges(from, (next) => tell(from, next))
}

function lookOut(from: number): void {
  const edges = edgesWithin(from, SOON_MS)
  if (edges.length > 0) tell(from, edges)
  else waitForEdges(from, (next) => tell(from, next))
}
