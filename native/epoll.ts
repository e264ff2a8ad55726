// SPDX-License-Identifier: Apache-2.0
/** epoll(7), edge-triggered: told once of each change, so that a device that is always "ready" costs nothing. */
import { loadKoffi } from './koffi.ts'
import { bind, must } from './libc.ts'

const EPOLL_CLOEXEC = 0o2000000
const EPOLL_CTL_ADD = 1
const EPOLLIN = 0x001
const EPOLLOUT = 0x004
const EPOLLERR = 0x008
const EPOLLHUP = 0x010
const EPOLLET = 0x80000000
const EINTR = 4
const EVENTS_MAX = 8
/** struct epoll_event: events, and 64 bits of our own. It is packed on x86-64 alone. */
export const EPOLL_EVENT = {
  x64: { bytes: 12, data: 4 },
  arm64: { bytes: 16, data: 8 },
} as const

const cCreate = bind<(flags: number) => number>('int epoll_create1(int flags)')
const cControl = bind<(epoll: number, operation: number, fd: number, event: Buffer) => number>(
  'int epoll_ctl(int epoll, int operation, int fd, void *event)',
)
type Wait = (epoll: number, events: Buffer, count: number, milliseconds: number) => number
const cWait = bind<Wait & { async(...args: [...Parameters<Wait>, Callback]): void }>(
  'int epoll_wait(int epoll, void *events, int count, int milliseconds)',
)

function layout() {
  return EPOLL_EVENT[process.arch as keyof typeof EPOLL_EVENT]
}

/** epoll_create1(2) */
export function createEpoll(): number {
  return must('epoll_create1', cCreate()(EPOLL_CLOEXEC))
}

/**
 * epoll_ctl(2): reports each time that something can be read or written, or the other end has gone.
 * Closing the descriptor ends that.
 * @param tag told with each report: a descriptor's number may by then be that of another file
 * @throws OsError `action: strerror`; EPERM for what can never be waited for, such as a file
 */
export function addEdges(action: string, epoll: number, fd: number, tag: number): void {
  const { bytes, data } = layout()
  const event = Buffer.alloc(bytes)
  event.writeUInt32LE((EPOLLET | EPOLLIN | EPOLLOUT) >>> 0)
  event.writeUInt32LE(tag, data)
  must(action, cControl()(epoll, EPOLL_CTL_ADD, fd, event))
}

type Callback = (error: unknown, count: number) => void

export interface Edge {
  readonly tag: number
  /** The other end has gone, or the device. */
  readonly isHungUp: boolean
}

/**
 * epoll_wait(2) without a limit, on a thread of the work pool.
 * @param done gets what is reported; it may ask for more
 */
export function waitForEdges(epoll: number, done: (edges: Edge[]) => void): void {
  const events = Buffer.alloc(layout().bytes * EVENTS_MAX)
  const wait = () =>
    cWait().async(epoll, events, EVENTS_MAX, -1, (error, count) => {
      if (error) throw error
      if (count < 0 && loadKoffi().errno() === EINTR) wait()
      else done(decode(events, must('epoll_wait', count)))
    })
  wait()
}

/** epoll_wait(2) on this thread, for so long at most; nothing when a signal comes. */
export function edgesWithin(epoll: number, milliseconds: number): Edge[] {
  const events = Buffer.alloc(layout().bytes * EVENTS_MAX)
  return decode(events, Math.max(0, cWait()(epoll, events, EVENTS_MAX, milliseconds)))
}

function decode(events: Buffer, count: number): Edge[] {
  const { bytes, data } = layout()
  return Array.from({ length: count }, (_, i) => ({
    tag: events.readUInt32LE(i * bytes + data),
    isHungUp: (events.readUInt32LE(i * bytes) & (EPOLLERR | EPOLLHUP)) !== 0,
  }))
}
