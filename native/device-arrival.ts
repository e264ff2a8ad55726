// SPDX-License-Identifier: Apache-2.0
/** Word of devices that come: cfgmgr32.dll. */
import { loadKoffi } from './koffi.ts'
import { library } from './windows-library.ts'
import { guid } from './windows-memory.ts'

const bind = library('cfgmgr32.dll')

/** CM_NOTIFY_FILTER: its size, flags, type and, of an interface class, the GUID. */
export const NOTIFY_FILTER = { bytes: 416, classGuid: 16 } as const
const ARRIVAL = 0
const CR_SUCCESS = 0

const CM_Register_Notification = bind<
  (filter: Buffer, context: null, callback: bigint, handle: [unknown]) => number
>(
  'uint32_t __stdcall CM_Register_Notification(void *filter, void *context, void *callback, _Out_ void **handle)',
)

/** CM_Register_Notification, for the life of the process. @returns whether the system does tell */
export function onInterfaceArrival(classGuid: string, arrived: () => void): boolean {
  if (!CM_Register_Notification.exists()) return false
  const koffi = loadKoffi()
  const filter = Buffer.alloc(NOTIFY_FILTER.bytes)
  filter.writeUInt32LE(NOTIFY_FILTER.bytes, 0)
  guid(classGuid).copy(filter, NOTIFY_FILTER.classGuid)
  const callback = koffi.register(
    (_: unknown, __: unknown, action: number) => {
      // Nothing may be thrown into the thread that calls; a microtask of ours may.
      if (action === ARRIVAL) queueMicrotask(arrived)
      return 0
    },
    koffi.pointer(
      koffi.proto(
        'uint32_t __stdcall NotifyCallback(void *notification, void *context, uint32_t action, void *data, uint32_t bytes)',
      ),
    ),
  )
  return CM_Register_Notification(filter, null, callback, [null]) === CR_SUCCESS
}
