// SPDX-License-Identifier: Apache-2.0
/** Events and waits of kernel32.dll: the system's thread pool waits, none of our threads does. */
import type { Handle } from './kernel32.ts'
import { loadKoffi } from './koffi.ts'
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'

const bind = library('kernel32.dll')

const CreateEventW = bind<
  (security: null, manual: number, initial: number, name: null) => Handle | 0
>('intptr_t __stdcall CreateEventW(void *security, int manual, int initial, void *name)')

/** CreateEventW: without a name, reset by the wait that it ends. */
export function createEvent(): Handle {
  const event = CreateEventW(null, 0, 0, null)
  if (event === 0) throw win32Error('CreateEvent failed', lastError())
  return event
}

const ResetEvent = bind<(event: Handle) => number>('int __stdcall ResetEvent(intptr_t event)')

/** ResetEvent */
export function resetEvent(event: Handle): void {
  ResetEvent(event)
}

const INFINITE = 0xffffffff
const WT_EXECUTEDEFAULT = 0
const WT_EXECUTEONLYONCE = 8
const RegisterWaitForSingleObject = bind<
  (
    wait: [unknown],
    object: Handle,
    callback: bigint,
    context: number,
    milliseconds: number,
    flags: number,
  ) => number
>(
  'int __stdcall RegisterWaitForSingleObject(_Out_ void **wait, intptr_t object, void *callback, intptr_t context, uint32_t milliseconds, uint32_t flags)',
)

/** A wait of the system's thread pool. */
export interface Wait {
  readonly handle: unknown
  readonly id: number
}

/** There are only so many callbacks that native code can be given: one serves all waits, by their numbers. */
const waits = new Map<number, () => void>()
let lastId = 0
let callback: bigint | undefined

function sharedCallback(): bigint {
  const koffi = loadKoffi()
  callback ??= koffi.register(
    (id: number) => {
      try {
        waits.get(id)?.()
      } catch (error) {
        // Native code is calling, and would go on as if nothing had happened.
        queueMicrotask(() => {
          throw error
        })
      }
    },
    koffi.pointer(
      koffi.proto('void __stdcall WaitOrTimerCallback(intptr_t context, uint8_t timedOut)'),
    ),
  )
  return callback
}

/**
 * RegisterWaitForSingleObject: calls back on the JS thread each time the event is signalled. The event
 * loop may end meanwhile: a wait does not keep it alive.
 */
export function registerWait(event: Handle, signalled: () => void): Wait {
  return register(event, signalled, WT_EXECUTEDEFAULT)
}

/** RegisterWaitForSingleObject: calls back once, when a process or thread has ended. */
export function waitOnce(object: Handle, signalled: () => void): Wait {
  return register(object, signalled, WT_EXECUTEONLYONCE)
}

function register(object: Handle, signalled: () => void, flags: number): Wait {
  const id = ++lastId
  waits.set(id, signalled)
  const wait: [unknown] = [null]
  if (RegisterWaitForSingleObject(wait, object, sharedCallback(), id, INFINITE, flags) === 0) {
    const error = lastError()
    waits.delete(id)
    throw win32Error('RegisterWaitForSingleObject failed', error)
  }
  return { handle: wait[0], id }
}

/** Waits for a callback that is running: itself never called from one. */
const AND_WAIT = -1
const UnregisterWaitEx = bind<(wait: unknown, event: number) => number>(
  'int __stdcall UnregisterWaitEx(void *wait, intptr_t event)',
)

/** UnregisterWaitEx, on the work pool; resolves when the callback runs no more. */
export async function unregisterWait(wait: Wait): Promise<void> {
  await UnregisterWaitEx.later(wait.handle, AND_WAIT)
  waits.delete(wait.id)
}
