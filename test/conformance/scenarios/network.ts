// SPDX-License-Identifier: Apache-2.0
/** Interfaces and routes of a network that the scenario makes. Nothing in it sends, so that counters stay. */
import { call, exchanges, type Scenario } from '../scenario.ts'

const MAKE = `
ip address add 127.0.0.1/8 dev lo
ip link add one address 02:00:00:00:00:01 type veth peer name two address 02:00:00:00:00:02
ip link add bridge address 02:00:00:00:00:03 type bridge
ip link set two master bridge
ip tuntap add point mode tun
ip address add 10.0.0.1 peer 10.0.0.2/32 dev point
ip address add 192.0.2.1/24 dev one
ip address add 192.0.2.9/25 dev one
ip address add 198.51.100.1/22 dev one label one:alias
ip address add 2001:db8::1/64 dev one nodad
ip address add 2001:db8::/127 dev one nodad
ip address add ::ffff:192.0.2.1/96 dev bridge nodad
ip address add ::192.0.2.1/128 dev bridge nodad
ip address add 2001:db8:0:1:1::1/48 dev bridge nodad
`

export const interfaces: Scenario = {
  topic: 'interfaces',
  sandbox: { network: MAKE },
  steps: exchanges(call('guest-network-get-interfaces')),
}

export const bareInterfaces: Scenario = {
  topic: 'interfaces-bare',
  sandbox: { network: '' },
  steps: exchanges(call('guest-network-get-interfaces')),
}

/** A tunnel is up without sending: routes stay as they are made. IPv6 has only what the kernel puts into every table. */
const ROUTES = `
echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
ip tuntap add point mode tun
ip link set point up
ip address add 10.0.0.1 peer 10.0.0.2/32 dev point
ip route add default via 10.0.0.2 dev point metric 100
ip route add 203.0.113.0/24 dev point metric 4294967295
ip route add 198.51.100.0/25 via 10.0.0.2 dev point window 5 rtt 8ms
ip route add unreachable 192.0.2.128/30
`

/** Our answer: numbers as the kernel means them. */
const OURS = [
  ipv4('point', '0.0.0.0', '10.0.0.2', '0.0.0.0', { metric: 100, flags: 3 }),
  ipv4('point', '10.0.0.2', '0.0.0.0', '255.255.255.255', { flags: 5 }),
  ipv4('*', '192.0.2.128', '0.0.0.0', '255.255.255.252', { flags: 513 }),
  ipv4('point', '198.51.100.0', '10.0.0.2', '255.255.255.128', { flags: 3, window: 5, irtt: 8 }),
  ipv4('point', '203.0.113.0', '0.0.0.0', '255.255.255.0', { metric: 4294967295, flags: 1 }),
  ...['', ''].map(
    () =>
      '{"iface": "lo", "destination": "::", "source": "::", "nexthop": "::", "desprefixlen": "0", "srcprefixlen": "0", "metric": 4294967295, "flags": 2097664, "refcnt": @REFCNT@, "use": 0, "version": 6}',
  ),
]

function ipv4(
  iface: string,
  destination: string,
  gateway: string,
  mask: string,
  numbers: object,
): string {
  const zeros = { metric: 0, flags: 0, use: 0, mtu: 0, window: 0, irtt: 0, version: 4 }
  const members = JSON.stringify({ iface, destination, gateway, mask, ...zeros, ...numbers })
  return `${members.slice(0, -1)},"refcnt": @REFCNT@}`
}

export const routes: Scenario = {
  topic: 'routes',
  only: '11.1.3',
  sandbox: { network: ROUTES },
  steps: [
    {
      send: call('guest-network-get-route'),
      facts: ['REFCNT'],
      differs: { id: 'route-numbers', ours: [`{"return": [${OURS.join(', ')}]}`] },
    },
  ],
}
