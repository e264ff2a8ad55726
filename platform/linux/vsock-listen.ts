// SPDX-License-Identifier: Apache-2.0
/** `-m vsock-listen`: CID:PORT, one client at a time. */
import { listenVsock, ownCid, peerCid } from '../../native/listening-socket.ts'
import type { Session } from '../../src/agent/channel.ts'
import { OsError } from '../../src/errors.ts'
import { serveClients } from './clients.ts'

/** vsock(7) */
export const VMADDR_CID_LOCAL = 1
const VMADDR_CID_HOST = 2
const UINT32_MAX = 0xffff_ffff

/**
 * Listens until the process ends.
 * @throws OsError in upstream's words
 */
export function openVsock(address: string, session: Session): void {
  const { cid, port } = parseVsockAddress(address)
  serveVsock(listenVsock(cid, port), session)
}

/**
 * Serves the host on a socket that listens. Everybody in the guest, and in guests of its own, may connect to it too,
 * without any right: they are let in only where somebody chose to listen on the loopback.
 */
export function serveVsock(fd: number, session: Session): void {
  const isForLocals = ownCid(fd) === VMADDR_CID_LOCAL
  serveClients({ fd }, session, (client) => isForLocals || peerCid(client) === VMADDR_CID_HOST)
}

/** @throws OsError in upstream's words */
export function parseVsockAddress(text: string): { cid: number; port: number } {
  const colon = text.indexOf(':')
  const comma = text.indexOf(',', colon)
  const cid = text.slice(0, colon)
  const port = text.slice(colon + 1, comma < 0 ? undefined : comma)
  if (colon < 1 || port === '') throw invalid(`error parsing address '${text}'`)
  if (comma >= 0) throw invalid(`trailing characters in address '${text}'`)
  return {
    cid: toUint32(cid) ?? refuse(`Failed to parse cid '${cid}'`),
    port: toUint32(port) ?? refuse(`Failed to parse port '${port}'`),
  }
}

function toUint32(text: string): number | undefined {
  const number = /^\s*\d+$/.test(text) ? Number(text) : Number.NaN
  return number <= UINT32_MAX ? number : undefined
}

function refuse(message: string): never {
  throw invalid(message)
}

function invalid(message: string): OsError {
  return new OsError(message, 'EINVAL')
}
