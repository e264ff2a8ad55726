// SPDX-License-Identifier: Apache-2.0
/** Waiting for the port: until the time is over, or its driver says that one has come. */
import { onInterfaceArrival } from '../../native/device-arrival.ts'

/** The interface class of virtio-serial's ports: GUID_VIOSERIAL_PORT of the virtio-win drivers. */
const VIOSERIAL_PORT = '6FDE7521-1B65-48AE-B628-80BE62016026'

export type WaitForPort = (milliseconds: number) => Promise<void>

export function createWait(listen = onInterfaceArrival): WaitForPort {
  let isListening = false
  let wake = () => {}
  return async (milliseconds) => {
    if (!isListening) {
      isListening = true
      // Where the system does not tell, the time has to do.
      listen(VIOSERIAL_PORT, () => wake())
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    const timer = setTimeout(resolve, milliseconds)
    await promise
    clearTimeout(timer)
  }
}
