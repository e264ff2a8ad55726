// SPDX-License-Identifier: Apache-2.0
/** Interfaces and routes, as the kernel has them at this moment. */
import * as fs from 'node:fs'
import { dumpTables } from '../../native/netlink.ts'
import { systemError } from '../../src/errno.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/network.ts'
import { addressText } from './parse/inet.ts'
import { parseIpv4Routes, parseIpv6Routes } from './parse/routes.ts'
import {
  type Address,
  IFADDRMSG,
  IFINFOMSG,
  type Link,
  parseAddress,
  parseLink,
} from './parse/rtnetlink.ts'

type NetworkHandlers = Handlers<typeof schema, 'linux'>

interface Interface {
  readonly name: string
  readonly 'hardware-address'?: string
  'ip-addresses'?: IpAddress[]
  statistics?: Readonly<Record<Statistic, bigint>>
}

interface IpAddress {
  readonly 'ip-address': string
  readonly 'ip-address-type': 'ipv4' | 'ipv6'
  readonly prefix: number
}

type Statistic = `${'rx' | 'tx'}-${'bytes' | 'packets' | 'errs' | 'dropped'}`

const RTM_NEWLINK = 16
const RTM_GETLINK = 18
const RTM_NEWADDR = 20
const RTM_GETADDR = 22
const FAMILIES = new Map<number, IpAddress['ip-address-type']>([
  [2, 'ipv4'],
  [10, 'ipv6'],
])
const HARDWARE_ADDRESS_BYTES = 6

/** @param excluded globs; what they match is not reported */
export function createNetworkHandlers(
  excluded: readonly string[],
  proc = '/proc',
): NetworkHandlers {
  const globs = excluded.map((pattern) => new Bun.Glob(pattern))
  const isExcluded = (name: string) => globs.some((glob) => glob.match(name))
  return {
    'guest-network-get-interfaces': () => {
      const { links, addresses } = readTables()
      return interfaces(links, addresses, isExcluded)
    },
    'guest-network-get-route': () => routes(`${proc}/net`),
  }
}

/** All links and all addresses, in two dumps however many there are. */
function readTables(): { links: Link[]; addresses: Address[] } {
  const [links = [], addresses = []] = dumpTables('getifaddrs failed', [
    { type: RTM_GETLINK, payload: Buffer.alloc(IFINFOMSG.bytes) },
    { type: RTM_GETADDR, payload: Buffer.alloc(IFADDRMSG.bytes) },
  ])
  return {
    links: links
      .filter(({ type }) => type === RTM_NEWLINK)
      .map(({ payload }) => parseLink(payload)),
    addresses: addresses.flatMap(({ type, payload }) => {
      const address = type === RTM_NEWADDR ? parseAddress(payload) : undefined
      return address === undefined ? [] : address
    }),
  }
}

/** Loopback, then the kernel's order; then the labels of IPv4 addresses that are no interface. */
export function interfaces(
  links: readonly Link[],
  addresses: readonly Address[],
  isExcluded: (name: string) => boolean,
): Interface[] {
  const byIndex = new Map(links.map((link) => [link.index, link]))
  const byName = new Map(links.map((link) => [link.name, link]))
  const answer = new Map<string, Interface>()
  const entry = (name: string): Interface => {
    const known = answer.get(name)
    if (known !== undefined) return known
    // SIOCGIFHWADDR takes eth0:1 for eth0.
    const link = byName.get(name.split(':')[0] ?? '')
    const made = { name, ...(link && { 'hardware-address': hardwareAddress(link) }) }
    answer.set(name, made)
    return made
  }
  const loopback = links.filter(({ isLoopback }) => isLoopback)
  const others = links.filter(({ isLoopback }) => !isLoopback)
  for (const { name } of [...loopback, ...others]) if (!isExcluded(name)) entry(name)
  for (const address of addresses) {
    const type = FAMILIES.get(address.family)
    const link = byIndex.get(address.index)
    // A link that came between the two dumps is for the next answer.
    if (type === undefined || link === undefined) continue
    const name = address.label ?? link.name
    if (isExcluded(link.name) || isExcluded(name)) continue
    const found = entry(name)
    const own = byName.get(name)
    if (found['ip-addresses'] === undefined) {
      found['ip-addresses'] = []
      if (own !== undefined) found.statistics = statistics(own)
    }
    found['ip-addresses'].push({
      'ip-address': addressText(address.bytes),
      'ip-address-type': type,
      prefix: address.prefix,
    })
  }
  return [...answer.values()]
}

/** The first six bytes whatever the hardware, zeros where it has fewer: SIOCGIFHWADDR, netdevice(7). */
function hardwareAddress({ hardwareAddress: bytes }: Link): string {
  return Array.from({ length: HARDWARE_ADDRESS_BYTES }, (_, i) =>
    (bytes[i] ?? 0).toString(16).padStart(2, '0'),
  ).join(':')
}

/** As /proc/net/dev counts: what the hardware missed was dropped. */
function statistics({ counter }: Link): Readonly<Record<Statistic, bigint>> {
  return {
    'rx-bytes': counter('rxBytes'),
    'rx-packets': counter('rxPackets'),
    'rx-errs': counter('rxErrors'),
    'rx-dropped': counter('rxDropped') + counter('rxMissed'),
    'tx-bytes': counter('txBytes'),
    'tx-packets': counter('txPackets'),
    'tx-errs': counter('txErrors'),
    'tx-dropped': counter('txDropped'),
  }
}

/**
 * IPv4's table, then IPv6's. A kernel without one of them has the other.
 * @throws OsError when neither can be read
 */
function routes(directory: string) {
  const ipv4 = readTable(`${directory}/route`)
  const ipv6 = readTable(`${directory}/ipv6_route`)
  if (ipv4 instanceof Error && ipv6 instanceof Error) throw ipv4
  return [
    ...(ipv4 instanceof Error ? [] : parseIpv4Routes(ipv4)),
    ...(ipv6 instanceof Error ? [] : parseIpv6Routes(ipv6)),
  ]
}

function readTable(path: string): string | Error {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    const told = systemError(`open("${path}")`, error)
    if (told instanceof Error) return told
    throw told
  }
}
