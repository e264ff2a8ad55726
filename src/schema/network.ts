// SPDX-License-Identifier: Apache-2.0
import { command } from './command.ts'
import { any } from './condition.ts'
import { enumeration, int, list, none, optional, str, struct, uint64 } from './qapi.ts'

const ipAddress = () =>
  struct({
    'ip-address': str,
    'ip-address-type': enumeration('GuestIpAddressType', ['ipv4', 'ipv6']),
    prefix: int,
  })

const interfaceStat = () =>
  struct({
    'rx-bytes': uint64,
    'rx-packets': uint64,
    'rx-errs': uint64,
    'rx-dropped': uint64,
    'tx-bytes': uint64,
    'tx-packets': uint64,
    'tx-errs': uint64,
    'tx-dropped': uint64,
  })

const networkInterface = () =>
  struct({
    name: str,
    'hardware-address': optional(str),
    'ip-addresses': optional(list(ipAddress())),
    statistics: optional(interfaceStat()),
  })

/** One entry per interface, loopback included; the counters run since the interface came up. */
export const guestNetworkGetInterfaces = command({
  name: 'guest-network-get-interfaces',
  since: '1.1',
  if: any('CONFIG_WIN32', 'HAVE_GETIFADDRS'),
  args: () => none,
  returns: () => list(networkInterface()),
})

/**
 * IPv4 routes have `gateway` and `mask`, IPv6 routes the prefix lengths (decimal text), `source`
 * and `nexthop`. `version` is 4 or 6.
 */
const networkRoute = () =>
  struct({
    iface: str,
    destination: str,
    metric: int,
    gateway: optional(str),
    mask: optional(str),
    irtt: optional(int),
    flags: optional(uint64),
    refcnt: optional(int),
    use: optional(int),
    window: optional(int),
    mtu: optional(int),
    desprefixlen: optional(str),
    source: optional(str),
    srcprefixlen: optional(str),
    nexthop: optional(str),
    version: int,
  })

export const guestNetworkGetRoute = command({
  name: 'guest-network-get-route',
  since: '9.1',
  if: any('CONFIG_LINUX', 'CONFIG_WIN32'),
  args: () => none,
  returns: () => list(networkRoute()),
})
