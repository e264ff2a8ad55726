// SPDX-License-Identifier: Apache-2.0
/**
 * `-m virtio-serial`: the port that the driver names, or any other device or named pipe that -p names.
 * `-m isa-serial`: a serial port, such as COM1.
 */
import { type Device, openOverlapped } from '../../native/overlapped.ts'
import { Win32Error } from '../../native/win32-error.ts'
import type { Session } from '../../src/agent/channel.ts'
import type { Config } from '../../src/config.ts'
import { AgentError, OsError, Unsupported } from '../../src/errors.ts'
import type { WaitForPort } from './arrivals.ts'
import { Port } from './port.ts'
import { otherAgents } from './port-holders.ts'

const DEVICES = '\\\\.\\'
/** Somebody else has it: what the virtio-win driver says, and what a serial port does. */
const HELD: ReadonlySet<number> = new Set([5, 32])

/** @throws OsError in upstream's words, with what came before as its cause */
export function openChannel(config: Config, session: Session, wait: WaitForPort): Promise<void> {
  const open = () => openDevice(config)
  new Port(session, open(), open, wait)
  return Promise.resolve()
}

export function openDevice({ method, path = '' }: Config): Device {
  try {
    if (method !== 'virtio-serial' && method !== 'isa-serial')
      throw new Unsupported('unsupported communication method')
    // COM10 and above have no other name.
    const isName = method === 'isa-serial' && !path.startsWith(DEVICES)
    return openOrNameHolder(isName ? `${DEVICES}${path}` : path)
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    throw new OsError('error opening channel', 'EIO', error)
  }
}

/** The driver does not say who holds the port: the agents that run are as good as the answer. */
function openOrNameHolder(path: string): Device {
  try {
    return openOverlapped(`error opening path ${path}`, path)
  } catch (error) {
    if (!(error instanceof Win32Error) || !HELD.has(error.number)) throw error
    const others = otherAgents().map(({ pid, program }) => `process ${pid} (${program})`)
    if (others.length === 0) throw error
    throw new OsError(
      `${error.message} Another agent runs: ${others.join(', ')}`,
      error.code,
      error.cause,
    )
  }
}
