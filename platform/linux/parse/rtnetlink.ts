// SPDX-License-Identifier: Apache-2.0
/**
 * Links and addresses out of the kernel's dumps: rtnetlink(7). A struct, then attributes:
 *
 *     0a 00  03 00  6c 6f 00 …      u16 length with these four bytes, u16 type, value, padded to 4
 */

/** struct ifinfomsg: u8 family, pad, u16 type, i32 index, u32 flags, u32 change. */
export const IFINFOMSG = { bytes: 16, index: 4, flags: 8 } as const
/** struct ifaddrmsg: u8 family, u8 prefix length, u8 flags, u8 scope, u32 index. */
export const IFADDRMSG = { bytes: 8, prefix: 1, index: 4 } as const

const IFF_LOOPBACK = 8
const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_STATS64 = 23
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_LABEL = 3

const ATTRIBUTE_HEADER = 4
/** The high bits of a type are flags. */
const TYPE_MASK = 0x3fff

/** struct rtnl_link_stats64, in words of 8 bytes. */
export const STATS64 = {
  rxPackets: 0,
  txPackets: 1,
  rxBytes: 2,
  txBytes: 3,
  rxErrors: 4,
  txErrors: 5,
  rxDropped: 6,
  txDropped: 7,
  rxMissed: 15,
} as const

export type Counter = keyof typeof STATS64

export interface Link {
  readonly index: number
  readonly name: string
  readonly isLoopback: boolean
  /** As long as its kind has them; none for a tunnel. */
  readonly hardwareAddress: Uint8Array
  counter(which: Counter): bigint
}

export interface Address {
  readonly family: number
  readonly index: number
  /** Of the interface, or an alias such as `eth0:1`; IPv6 addresses have none. */
  readonly label: string | undefined
  readonly prefix: number
  /** The near end's, where there are two. */
  readonly bytes: Uint8Array
}

/** @param payload of an RTM_NEWLINK message */
export function parseLink(payload: Buffer): Link {
  const attributes = attributesOf(payload, IFINFOMSG.bytes)
  const stats = attributes.get(IFLA_STATS64)
  return {
    index: payload.readInt32LE(IFINFOMSG.index),
    name: text(attributes.get(IFLA_IFNAME)) ?? '',
    isLoopback: (payload.readUInt32LE(IFINFOMSG.flags) & IFF_LOOPBACK) !== 0,
    hardwareAddress: attributes.get(IFLA_ADDRESS) ?? new Uint8Array(),
    counter: (which) => word(stats, STATS64[which]),
  }
}

/** 0 where there is none: older kernels count less. */
function word(words: Buffer | undefined, index: number): bigint {
  const at = index * 8
  return words !== undefined && at + 8 <= words.length ? words.readBigUInt64LE(at) : 0n
}

/** @param payload of an RTM_NEWADDR message; undefined when it has no address */
export function parseAddress(payload: Buffer): Address | undefined {
  const attributes = attributesOf(payload, IFADDRMSG.bytes)
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS)
  if (bytes === undefined) return undefined
  return {
    family: payload.readUInt8(),
    index: payload.readUInt32LE(IFADDRMSG.index),
    label: text(attributes.get(IFA_LABEL)),
    prefix: payload.readUInt8(IFADDRMSG.prefix),
    bytes,
  }
}

function attributesOf(payload: Buffer, start: number): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>()
  for (let at = start; at + ATTRIBUTE_HEADER <= payload.length; ) {
    const length = payload.readUInt16LE(at)
    if (length < ATTRIBUTE_HEADER || at + length > payload.length) break
    const type = payload.readUInt16LE(at + 2) & TYPE_MASK
    attributes.set(type, payload.subarray(at + ATTRIBUTE_HEADER, at + length))
    at += Math.ceil(length / ATTRIBUTE_HEADER) * ATTRIBUTE_HEADER
  }
  return attributes
}

/** A C string; undefined when there is none. */
function text(value: Buffer | undefined): string | undefined {
  if (value === undefined) return undefined
  const nul = value.indexOf(0)
  return value.toString('utf8', 0, nul < 0 ? value.length : nul)
}
