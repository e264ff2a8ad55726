// SPDX-License-Identifier: Apache-2.0
/** Events that other processes know by name: kernel32.dll. */
import { hresultError } from './hresult.ts'
import { closeHandle, type Handle } from './kernel32.ts'
import { SecurityDescriptor } from './security.ts'
import { lastError, library } from './windows-library.ts'

const bind = library('kernel32.dll')

/** EVENT_ALL_ACCESS for the system and administrators, nothing for anybody else. */
const ONLY_ADMINISTRATORS = 'D:P(A;;0x1F0003;;;SY)(A;;0x1F0003;;;BA)'
const ERROR_ALREADY_EXISTS = 183
const CreateEventW = bind<
  (security: Buffer, manual: number, initial: number, name: string) => Handle | 0
>('intptr_t __stdcall CreateEventW(void *security, int manual, int initial, str16 name)')

/**
 * CreateEventW: one that stays signalled. Ordinary users can neither signal it nor wait for it.
 * @returns undefined when somebody has one of that name
 * @throws HresultError in upstream's words
 */
export function createNamedEvent(name: string): Handle | undefined {
  const action = `failed to create event ${name}`
  using descriptor = new SecurityDescriptor(action, ONLY_ADMINISTRATORS)
  const event = CreateEventW(descriptor.attributes(), 1, 0, name)
  const error = lastError()
  if (event === 0) throw hresultError(action, error)
  if (error !== ERROR_ALREADY_EXISTS) return event
  closeHandle(event)
  return undefined
}

const SetEvent = bind<(event: Handle) => number>('int __stdcall SetEvent(intptr_t event)')

/** SetEvent */
export function setEvent(event: Handle): void {
  SetEvent(event)
}

const WAIT_OBJECT_0 = 0
const WaitForSingleObject = bind<(object: Handle, milliseconds: number) => number>(
  'uint32_t __stdcall WaitForSingleObject(intptr_t object, uint32_t milliseconds)',
)

/** WaitForSingleObject, without waiting. */
export function isSignalled(event: Handle): boolean {
  return WaitForSingleObject(event, 0) === WAIT_OBJECT_0
}
