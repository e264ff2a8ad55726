// SPDX-License-Identifier: Apache-2.0
/** Waiting without an event loop, for processes that do one thing at a time. */
import { loadKoffi } from './koffi.ts'
import { bind } from './libc.ts'

const POLLIN = 1
const EINTR = 4
/** struct pollfd: an int, and two shorts for what is asked and what is there. */
export const POLLFD = { bytes: 8, events: 4 } as const

const cPoll = bind<(fds: Buffer, count: number, milliseconds: number) => number>(
  'int poll(void *fds, unsigned long count, int milliseconds)',
)

/** poll(2): whether something can be read, or the other end has gone, within the time; -1 waits for ever. */
export function waitReadable(fd: number, milliseconds: number): boolean {
  const entry = Buffer.alloc(POLLFD.bytes)
  entry.writeInt32LE(fd)
  entry.writeInt16LE(POLLIN, POLLFD.events)
  for (;;) {
    const count = cPoll()(entry, 1, milliseconds)
    if (count >= 0 || loadKoffi().errno() !== EINTR) return count > 0
  }
}

const SIG_IGN = 1
const cSignal = bind<(signal: number, handler: number) => number>(
  'intptr_t signal(int signal, intptr_t handler)',
)

/** signal(2) with SIG_IGN; the runtime's own handlers need an event loop to run. */
export function ignoreSignal(signal: number): void {
  cSignal()(signal, SIG_IGN)
}
