// SPDX-License-Identifier: Apache-2.0
/** Routes out of tables that are made up, and names that are not to be reported. */
import { describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createNetworkHandlers, interfaces } from '../../../platform/linux/network.ts'
import type { Address, Link } from '../../../platform/linux/parse/rtnetlink.ts'
import { tempDir } from '../../harness/temp-dir.ts'

const IPV4 =
  'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n'
const ZERO = '0'.repeat(32)
const IPV6 = `${ZERO} 00 ${ZERO} 00 ${ZERO} 00000400 1 0 00000003 eth0\n`

function versions(tables: Readonly<Record<string, string>>): number[] {
  using dir = tempDir()
  mkdirSync(`${dir.path}/net`)
  for (const [name, text] of Object.entries(tables)) {
    writeFileSync(`${dir.path}/net/${name}`, text)
  }
  const routes = createNetworkHandlers([], dir.path)['guest-network-get-route']({})
  if (routes instanceof Promise) throw new Error('not at once')
  return routes.map(({ version }) => Number(version))
}

describe('guest-network-get-route', () => {
  test('gives IPv4, then IPv6', () => {
    expect(versions({ route: IPV4, ipv6_route: IPV6 })).toEqual([4, 6])
  })

  test('gives the one table when the other is missing', () => {
    expect(versions({ route: IPV4 })).toEqual([4])
    expect(versions({ ipv6_route: IPV6 })).toEqual([6])
  })

  test('fails when both are missing, and says which', () => {
    expect(() => versions({})).toThrow(/^open\("\/.*\/net\/route"\): No such file or directory$/)
  })
})

function link(index: number, name: string, more: Partial<Link> = {}): Link {
  return {
    index,
    name,
    isLoopback: false,
    hardwareAddress: new Uint8Array([2, 0, 0, 0, 0, index]),
    counter: () => 0n,
    ...more,
  }
}

function address(index: number, label?: string): Address {
  return { family: 2, index, label, prefix: 24, bytes: new Uint8Array([10, 0, 0, index]) }
}

describe('interfaces()', () => {
  const names = (links: Link[], addresses: Address[] = [], isExcluded = (_: string) => false) =>
    interfaces(links, addresses, isExcluded).map(({ name }) => name)

  test('has loopback first, then the order of the kernel', () => {
    const links = [link(7, 'b'), link(2, 'a'), link(1, 'lo', { isLoopback: true })]
    expect(names(links)).toEqual(['lo', 'b', 'a'])
  })

  test('fills a short hardware address with zeros and cuts a long one', () => {
    const found = interfaces(
      [
        link(1, 'tun', { hardwareAddress: new Uint8Array() }),
        link(2, 'gre', { hardwareAddress: new Uint8Array([192, 0, 2, 1]) }),
        link(3, 'ib', { hardwareAddress: new Uint8Array(20).fill(171) }),
      ],
      [],
      () => false,
    )
    expect(found.map((one) => one['hardware-address'])).toEqual([
      '00:00:00:00:00:00',
      'c0:00:02:01:00:00',
      'ab:ab:ab:ab:ab:ab',
    ])
  })

  test('counts what the hardware missed as dropped', () => {
    const counts: Readonly<Record<string, bigint>> = { rxDropped: 5n, rxMissed: 7n, txDropped: 1n }
    const [found] = interfaces(
      [link(1, 'eth0', { counter: (which) => counts[which] ?? 2n })],
      [address(1)],
      () => false,
    )
    expect(found?.statistics).toMatchObject({
      'rx-dropped': 12n,
      'tx-dropped': 1n,
      'rx-bytes': 2n,
    })
  })

  test('passes over an address of a link that came later', () => {
    expect(interfaces([link(1, 'a')], [address(9)], () => false)).toEqual([
      { name: 'a', 'hardware-address': '02:00:00:00:00:01' },
    ])
  })

  test('leaves out what is excluded, its labels too', () => {
    const links = [link(1, 'veth0'), link(2, 'eth0')]
    const addresses = [address(1, 'veth0:1'), address(2, 'eth0'), address(2, 'eth0:x')]
    expect(names(links, addresses, (name) => name.startsWith('veth'))).toEqual(['eth0', 'eth0:x'])
    expect(names(links, addresses, (name) => name === 'eth0:x')).toEqual([
      'veth0',
      'eth0',
      'veth0:1',
    ])
  })
})
