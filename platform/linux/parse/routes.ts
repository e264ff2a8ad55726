// SPDX-License-Identifier: Apache-2.0
/** The two tables of routes that proc_pid_net(5) describes. Numbers are unsigned, as the kernel has them. */
import { addressText } from './inet.ts'

export interface Ipv4Route {
  readonly iface: string
  readonly destination: string
  readonly gateway: string
  readonly mask: string
  readonly metric: number
  readonly flags: number
  readonly refcnt: number
  readonly use: number
  readonly mtu: number
  readonly window: number
  readonly irtt: number
  readonly version: 4
}

const WORD = '([0-9A-Fa-f]{1,8})'
const COUNT = String.raw`(-?\d+)`
const IPV4 = new RegExp(
  String.raw`^\s*(\S+)\s+${WORD}\s+${WORD}\s+${WORD}\s+${COUNT}\s+${COUNT}\s+${COUNT}\s+${WORD}\s+${COUNT}\s+${COUNT}\s+${COUNT}`,
)

/**
 *     Iface  Destination  Gateway   Flags  RefCnt  Use  Metric  Mask      MTU  Window  IRTT
 *     eth0   00000000     010200C0  0003   0       0    100     00000000  0    0       0
 *
 * Addresses are words in the machine's byte order.
 */
export function parseIpv4Routes(text: string): Ipv4Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const match = IPV4.exec(line)
      if (match === null) return []
      const field = (i: number) => match[i] as string
      return {
        iface: field(1),
        destination: wordText(field(2)),
        gateway: wordText(field(3)),
        mask: wordText(field(8)),
        // The kernel prints it as a signed number.
        metric: Number(field(7)) >>> 0,
        flags: Number.parseInt(field(4), 16),
        refcnt: Number(field(5)),
        use: Number(field(6)),
        mtu: Number(field(9)),
        window: Number(field(10)),
        irtt: Number(field(11)),
        version: 4,
      }
    })
}

function wordText(hex: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(Number.parseInt(hex, 16))
  return addressText(bytes)
}

export interface Ipv6Route {
  readonly iface: string
  readonly destination: string
  readonly source: string
  readonly nexthop: string
  /** Decimal text. */
  readonly desprefixlen: string
  readonly srcprefixlen: string
  readonly metric: number
  readonly flags: number
  readonly refcnt: number
  readonly use: number
  readonly version: 6
}

const ADDRESS = '([0-9A-Fa-f]{32})'
const BYTE = '([0-9A-Fa-f]{1,2})'
const IPV6 = new RegExp(
  String.raw`^\s*${ADDRESS}\s+${BYTE}\s+${ADDRESS}\s+${BYTE}\s+${ADDRESS}\s+${WORD}\s+${WORD}\s+${WORD}\s+${WORD}\s+(\S+)`,
)

/**
 *     fd000000000000000000000000000000 40 00000000000000000000000000000000 00 …
 *     destination                      prefix source                       prefix
 *     … 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
 *       next hop                         metric   refcnt   use      flags        iface
 */
export function parseIpv6Routes(text: string): Ipv6Route[] {
  return text.split('\n').flatMap((line) => {
    const match = IPV6.exec(line)
    if (match === null) return []
    const field = (i: number) => match[i] as string
    const address = (i: number) => addressText(Buffer.from(field(i), 'hex'))
    const number = (i: number) => Number.parseInt(field(i), 16)
    return {
      iface: field(10),
      destination: address(1),
      source: address(3),
      nexthop: address(5),
      desprefixlen: String(number(2)),
      srcprefixlen: String(number(4)),
      metric: number(6),
      flags: number(9),
      refcnt: number(7),
      use: number(8),
      version: 6,
    }
  })
}
