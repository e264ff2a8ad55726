// SPDX-License-Identifier: Apache-2.0
/** MIB_IF_ROW2: the counters of an interface. MIB_IPFORWARD_ROW2: a route. */
import { parseSocketAddress, type SocketAddress } from './address.ts'

/** 64-bit counters, and the largest packet. */
export const IF_ROW2 = {
  mtu: 1124,
  inOctets: 1208,
  inPackets: 1216,
  inDiscards: 1232,
  inErrors: 1240,
  outOctets: 1280,
  outPackets: 1288,
  outDiscards: 1304,
  outErrors: 1312,
} as const

/** Unicast packets only, as upstream counts on Windows. */
export function parseStatistics(row: Buffer) {
  const counter = (name: keyof typeof IF_ROW2) => row.readBigUInt64LE(IF_ROW2[name])
  return {
    'rx-bytes': counter('inOctets'),
    'rx-packets': counter('inPackets'),
    'rx-errs': counter('inErrors'),
    'rx-dropped': counter('inDiscards'),
    'tx-bytes': counter('outOctets'),
    'tx-packets': counter('outPackets'),
    'tx-errs': counter('outErrors'),
    'tx-dropped': counter('outDiscards'),
  }
}

/** Bytes of the largest packet. */
export function parseMtu(row: Buffer): number {
  return row.readUInt32LE(IF_ROW2.mtu)
}

/** Where the members of MIB_IPFORWARD_ROW2 are; each address is a SOCKADDR_INET. */
export const FORWARD_ROW = {
  luid: 0,
  index: 8,
  destination: 12,
  prefixLength: 40,
  nextHop: 44,
  metric: 84,
} as const
const SOCKADDR_INET_BYTES = 28

export interface Route {
  readonly luid: bigint
  readonly index: number
  readonly destination: SocketAddress
  readonly prefixLength: number
  readonly nextHop: SocketAddress
  readonly metric: number
}

/** Undefined for families that are neither IPv4 nor IPv6. */
export function parseRoute(row: Buffer): Route | undefined {
  const address = (at: number) => parseSocketAddress(row.subarray(at, at + SOCKADDR_INET_BYTES))
  const destination = address(FORWARD_ROW.destination)
  if (destination === undefined) return undefined
  return {
    luid: row.readBigUInt64LE(FORWARD_ROW.luid),
    index: row.readUInt32LE(FORWARD_ROW.index),
    destination,
    prefixLength: row[FORWARD_ROW.prefixLength] ?? 0,
    // One that says nothing is that of a network at the interface itself.
    nextHop: address(FORWARD_ROW.nextHop) ?? unspecified(destination.family),
    metric: row.readUInt32LE(FORWARD_ROW.metric),
  }
}

function unspecified(family: SocketAddress['family']): SocketAddress {
  return { family, text: family === 2 ? '0.0.0.0' : '::', scope: 0 }
}
