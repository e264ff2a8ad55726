// SPDX-License-Identifier: Apache-2.0
/** `-m virtio-serial`: the port that the driver names, or any other device or named pipe that -p names. */
import { openOverlapped } from '../../native/overlapped.ts'
import type { Session } from '../../src/agent/channel.ts'
import type { Config } from '../../src/config.ts'
import { AgentError, OsError, Unsupported } from '../../src/errors.ts'
import { Port } from './port.ts'

/** @throws OsError in upstream's words, with what came before as its cause */
export function openChannel(config: Config, session: Session): Promise<void> {
  const open = () => openDevice(config)
  new Port(session, open(), open)
  return Promise.resolve()
}

function openDevice({ method, path = '' }: Config) {
  try {
    if (method !== 'virtio-serial') throw new Unsupported('unsupported communication method')
    return openOverlapped(`error opening path ${path}`, path)
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    throw new OsError('error opening channel', 'EIO', error)
  }
}
