// SPDX-License-Identifier: Apache-2.0
/**
 * Word of changes at devices, which Bun's own loop cannot wait for. A thread of its own waits: on one of the work pool
 * that would be one that a hanging disk can take away.
 */
import { addEdges, createEpoll, waitForEdges } from '../../native/epoll.ts'
import { prepareWorkPool } from '../../native/work-pool.ts'

const watchers = new Map<number, (isHungUp: boolean) => void>()
let epoll: number | undefined
let lastTag = 0

/**
 * Calls `changed` whenever something can be read or written that could not before, or the other end has gone.
 * @returns what ends that, to be called before the descriptor is closed
 * @throws OsError `action: strerror`
 */
export function watchEdges(
  action: string,
  fd: number,
  changed: (isHungUp: boolean) => void,
): () => void {
  epoll ??= start()
  const tag = ++lastTag
  addEdges(action, epoll, fd, tag)
  watchers.set(tag, changed)
  return () => void watchers.delete(tag)
}

function start(): number {
  prepareWorkPool()
  const created = createEpoll()
  const wait = () =>
    waitForEdges(created, (edges) => {
      // Asked for first: who is told may be at work for long.
      wait()
      for (const { tag, isHungUp } of edges) watchers.get(tag)?.(isHungUp)
    })
  wait()
  return created
}
