// SPDX-License-Identifier: Apache-2.0
/** A listening socket that a service manager has opened: sd_listen_fds(3). */
import { AF_UNIX, AF_VSOCK, closeOnExec, familyOf } from '../../native/listening-socket.ts'
import type { Session } from '../../src/agent/channel.ts'
import { InvalidArguments } from '../../src/errors.ts'
import { serveClients } from './clients.ts'
import { serveVsock } from './vsock-listen.ts'

/** Where service managers begin to count. */
const FIRST_FD = 3
const VARIABLES = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'] as const

let inherited: number | undefined

/** The socket, once it is known that there is one. */
export function inheritedSocket(): number | undefined {
  return inherited
}

/** What the daemon was handed by the process that inherited it. */
export function adoptSocket(fd: number): void {
  inherited = fd
}

/**
 * The method of the socket handed to this process, if there is one.
 * @throws InvalidArguments in upstream's words
 */
export function inheritedMethod(): string | undefined {
  inherited ??= fromEnvironment()
  if (inherited === undefined) return undefined
  closeOnExec(inherited)
  const family = familyOf(inherited)
  if (family === AF_UNIX) return 'unix-listen'
  if (family === AF_VSOCK) return 'vsock-listen'
  throw new InvalidArguments('unsupported listen fd type')
}

export function serveInherited(session: Session): void {
  if (inherited === undefined) throw new Error('Cannot serve on a socket that is not there')
  if (familyOf(inherited) === AF_VSOCK) serveVsock(inherited, session)
  else serveClients({ fd: inherited }, session)
}

function fromEnvironment(): number | undefined {
  const { LISTEN_PID: pid, LISTEN_FDS: fds = '' } = process.env
  if (pid !== String(process.pid) || !/^\d+$/.test(fds) || Number(fds) === 0) return undefined
  if (Number(fds) > 1) {
    throw new InvalidArguments('qemu-ga only supports listening on one socket')
  }
  // They are not for the programs that this one starts.
  for (const name of VARIABLES) delete process.env[name]
  return FIRST_FD
}
