// SPDX-License-Identifier: Apache-2.0
import type { Session } from '../../src/agent/channel.ts'
import type { Config } from '../../src/config.ts'
import { Unsupported } from '../../src/errors.ts'
import { untilNewDevice } from './device-watch.ts'
import { serveInherited } from './inherited-socket.ts'
import { openIsaSerial, openVirtioSerial } from './serial.ts'
import { listenUnix } from './unix-listen.ts'
import { openVsock } from './vsock-listen.ts'

/** @throws OsError or Unsupported in upstream's words */
export async function openChannel(config: Config, session: Session): Promise<void> {
  const { method, path } = config
  if (path === undefined) return serveInherited(session)
  switch (method) {
    case 'virtio-serial':
      return openVirtioSerial(path, session)
    case 'isa-serial':
      return openIsaSerial(path, session)
    case 'unix-listen':
      return await listenUnix(path, session)
    case 'vsock-listen':
      return openVsock(path, session)
    default:
      throw new Unsupported(`unsupported channel method/type: ${method}`)
  }
}

/** Waits until the time is over, or the channel may be there. */
export function channelAppeared({ method }: Config, milliseconds: number): Promise<void> {
  return method.endsWith('-serial') ? untilNewDevice(milliseconds) : Bun.sleep(milliseconds)
}
