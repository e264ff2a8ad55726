// SPDX-License-Identifier: Apache-2.0
/** Addresses as text, as WSAAddressToString writes them. */

/** SOCKADDR_IN and SOCKADDR_IN6: the family, and where the address and the scope are. */
export const SOCKADDR = { ipv4: 4, ipv6: 8, scope: 24 } as const
export const AF_INET = 2
export const AF_INET6 = 23
const WORDS = 8

export interface SocketAddress {
  readonly family: typeof AF_INET | typeof AF_INET6
  /** `192.0.2.1`, `fe80::1` */
  readonly text: string
  /** The interface of a link-local address; 0: of none. */
  readonly scope: number
}

/** A SOCKADDR_INET; undefined for other families. */
export function parseSocketAddress(bytes: Buffer): SocketAddress | undefined {
  const family = bytes.readUInt16LE(0)
  if (family === AF_INET) {
    const address = bytes.subarray(SOCKADDR.ipv4, SOCKADDR.ipv4 + 4)
    return { family, text: address.join('.'), scope: 0 }
  }
  if (family !== AF_INET6) return undefined
  const text = ipv6Text(bytes.subarray(SOCKADDR.ipv6, SOCKADDR.ipv6 + 2 * WORDS))
  return { family, text, scope: bytes.readUInt32LE(SOCKADDR.scope) }
}

/** 255.255.240.0 for 20. */
export function maskText(prefix: number): string {
  return Array.from({ length: 4 }, (_, i) => {
    const bits = Math.min(8, Math.max(0, prefix - 8 * i))
    return 256 - 2 ** (8 - bits)
  }).join('.')
}

/** RFC 5952: the first of the longest runs of zeros is `::`; an IPv4 address within is written as one. */
function ipv6Text(bytes: Buffer): string {
  const words = Array.from({ length: WORDS }, (_, i) => bytes.readUInt16BE(2 * i))
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff
  if (isMapped) return `::ffff:${bytes.subarray(12).join('.')}`
  const hex = words.map((word) => word.toString(16)).join(':')
  const runs = hex.match(/\b0(?::0)+\b/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return hex
  const at = hex.search(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`))
  const before = hex.slice(0, at).replace(/:$/, '')
  const after = hex.slice(at + longest.length).replace(/^:/, '')
  return `${before}::${after}`
}
