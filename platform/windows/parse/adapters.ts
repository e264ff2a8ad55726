// SPDX-License-Identifier: Apache-2.0
/**
 * IP_ADAPTER_ADDRESSES: a list whose entries, names and addresses point at each other. The bytes are a copy: a
 * pointer means what is as far from their beginning as it was from `address`.
 */
import { parseSocketAddress, type SocketAddress } from './address.ts'

export const ADAPTER = {
  index: 4,
  next: 8,
  unicast: 24,
  friendlyName: 72,
  physicalAddress: 80,
  physicalAddressLength: 88,
  ipv4Metric: 216,
  ipv6Metric: 220,
  luid: 224,
} as const
export const UNICAST = { next: 8, address: 16, addressLength: 24, prefix: 56 } as const
/** What is looked at of each. */
const ADAPTER_BYTES = 232
const UNICAST_BYTES = 57
const PHYSICAL_ADDRESS_MAX = 8
/** More than a machine has: a list that goes round in a circle ends here. */
const ENTRIES_MAX = 10_000
/** SOCKADDR_IN6; a shorter one is followed by what is not looked at. */
const SOCKADDR_BYTES = 28

export interface Adapter {
  readonly index: number
  readonly luid: bigint
  readonly name: string
  readonly hardwareAddress: Uint8Array
  readonly addresses: readonly { readonly address: SocketAddress; readonly prefix: number }[]
  /** What it adds to the metrics of its routes. */
  readonly ipv4Metric: number
  readonly ipv6Metric: number
}

export function parseAdapters(address: bigint, bytes: Buffer): Adapter[] {
  const at = (pointer: bigint) => Number(pointer - address)
  /** Where the entries from one on begin, as far as they lie in the bytes whole. */
  const list = (first: number, next: number, size: number): number[] => {
    const found: number[] = []
    let entry = first
    while (entry >= 0 && entry + size <= bytes.length && found.length < ENTRIES_MAX) {
      found.push(entry)
      const pointer = bytes.readBigUInt64LE(entry + next)
      if (pointer === 0n) break
      entry = at(pointer)
    }
    return found
  }
  const addresses = (entry: number) => {
    const first = bytes.readBigUInt64LE(entry + ADAPTER.unicast)
    if (first === 0n) return []
    return list(at(first), UNICAST.next, UNICAST_BYTES).flatMap((unicast) => {
      const start = at(bytes.readBigUInt64LE(unicast + UNICAST.address))
      if (start < 0) return []
      const parsed = parseSocketAddress(padded(bytes.subarray(start, start + SOCKADDR_BYTES)))
      return parsed ? [{ address: parsed, prefix: bytes[unicast + UNICAST.prefix] ?? 0 }] : []
    })
  }
  return list(0, ADAPTER.next, ADAPTER_BYTES).map((entry) => {
    const length = bytes.readUInt32LE(entry + ADAPTER.physicalAddressLength)
    const physical = entry + ADAPTER.physicalAddress
    return {
      index: bytes.readUInt32LE(entry + ADAPTER.index),
      luid: bytes.readBigUInt64LE(entry + ADAPTER.luid),
      name: text(bytes, at(bytes.readBigUInt64LE(entry + ADAPTER.friendlyName))),
      hardwareAddress: Uint8Array.from(
        bytes.subarray(physical, physical + Math.min(length, PHYSICAL_ADDRESS_MAX)),
      ),
      addresses: addresses(entry),
      ipv4Metric: bytes.readUInt32LE(entry + ADAPTER.ipv4Metric),
      ipv6Metric: bytes.readUInt32LE(entry + ADAPTER.ipv6Metric),
    }
  })
}

/** UTF-16 up to its NUL. */
function text(bytes: Buffer, start: number): string {
  if (start < 0) return ''
  let end = start
  while (end + 1 < bytes.length && bytes.readUInt16LE(end) !== 0) end += 2
  return bytes.toString('utf16le', start, end)
}

function padded(bytes: Buffer): Buffer {
  return bytes.length === SOCKADDR_BYTES
    ? bytes
    : Buffer.concat([bytes, Buffer.alloc(SOCKADDR_BYTES - bytes.length)])
}
