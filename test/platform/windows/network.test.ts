// SPDX-License-Identifier: Apache-2.0
/** Tables as the system hands them out, pointers and all, made by hand. */
import { describe, expect, test } from 'bun:test'
import { FORWARD_TABLE, IF_ROW2_BYTES, type Image } from '../../../native/iphlpapi.ts'
import { Win32Error } from '../../../native/win32-error.ts'
import { createNetworkHandlers, type TABLES } from '../../../platform/windows/network.ts'
import { ADAPTER, UNICAST } from '../../../platform/windows/parse/adapters.ts'
import { maskText, parseSocketAddress } from '../../../platform/windows/parse/address.ts'
import { FORWARD_ROW, IF_ROW2 } from '../../../platform/windows/parse/network-rows.ts'
import { struct, wide } from './struct.ts'

const BASE = 0x7ff0_1000n
const ADAPTER_BYTES = 448
const UNICAST_BYTES = 64

const ipv4 = (...address: number[]) => struct(28, { 0: { u16: 2 }, 4: Uint8Array.from(address) })
const ipv6 = (hex: string, scope = 0) =>
  struct(28, { 0: { u16: 23 }, 8: Buffer.from(hex, 'hex'), 24: scope })
const FE80 = 'fe800000000000000000000000000001'

interface Made {
  readonly name: string
  readonly luid: bigint
  readonly mac?: readonly number[]
  readonly addresses?: readonly (readonly [Buffer, number])[]
  readonly metrics?: readonly [number, number]
}

/** One block of memory at BASE, as GetAdaptersAddresses fills it. */
function image(adapters: readonly Made[]): Image {
  const blocks: Buffer[] = []
  let end = 0
  const place = (bytes: Buffer) => {
    const at = end
    blocks.push(bytes)
    end += bytes.length
    return { at, pointer: BASE + BigInt(at), bytes }
  }
  const made = adapters.map(({ name, luid, mac = [], addresses = [], metrics = [0, 0] }) => {
    const adapter = place(
      struct(ADAPTER_BYTES, {
        [ADAPTER.luid]: luid,
        [ADAPTER.physicalAddress]: Uint8Array.from(mac),
        [ADAPTER.physicalAddressLength]: mac.length,
        [ADAPTER.ipv4Metric]: metrics[0],
        [ADAPTER.ipv6Metric]: metrics[1],
      }),
    )
    adapter.bytes.writeBigUInt64LE(place(wide(name)).pointer, ADAPTER.friendlyName)
    const unicasts = addresses.map(([socket, prefix]) =>
      place(
        struct(UNICAST_BYTES, {
          [UNICAST.address]: place(socket).pointer,
          [UNICAST.prefix]: { u8: prefix },
        }),
      ),
    )
    if (unicasts[0]) adapter.bytes.writeBigUInt64LE(unicasts[0].pointer, ADAPTER.unicast)
    link(unicasts, UNICAST.next)
    return adapter
  })
  link(made, ADAPTER.next)
  return { address: BASE, bytes: Buffer.concat(blocks) }
}

function link(list: readonly { pointer: bigint; bytes: Buffer }[], at: number): void {
  for (const [i, entry] of list.entries()) {
    entry.bytes.writeBigUInt64LE(list[i + 1]?.pointer ?? 0n, at)
  }
}

function route(family: Buffer, prefix: number, hop: Buffer, luid: bigint, metric: number): Buffer {
  return struct(FORWARD_TABLE.rowBytes, {
    [FORWARD_ROW.luid]: luid,
    [FORWARD_ROW.index]: Number(luid),
    [FORWARD_ROW.destination]: family,
    [FORWARD_ROW.prefixLength]: { u8: prefix },
    [FORWARD_ROW.nextHop]: hop,
    [FORWARD_ROW.metric]: metric,
  })
}

const ROW = struct(IF_ROW2_BYTES, {
  [IF_ROW2.mtu]: 1500,
  ...Object.fromEntries(
    Object.values(IF_ROW2)
      .slice(1)
      .map((at, i) => [at, BigInt(i + 1) << 40n]),
  ),
})

const tables = (changes: Partial<typeof TABLES>): typeof TABLES => ({
  adaptersAddresses: async () => image([]),
  forwardRows: async () => [],
  interfaceMetric: async () => undefined,
  interfaceRow: async () => undefined,
  ...changes,
})

describe('guest-network-get-interfaces', () => {
  const found = image([
    {
      name: 'Ethernet ü',
      luid: 7n,
      mac: [0x52, 0x54, 0, 0x12, 0x34, 0xff],
      addresses: [
        [ipv4(192, 0, 2, 7), 24],
        [ipv6(FE80, 7), 64],
      ],
    },
    { name: 'Loopback', luid: 1n },
    { name: 'InfiniBand', luid: 9n, mac: [1, 2, 3, 4, 5, 6, 7, 8] },
  ])

  test('names, addresses with scopes, counters of 64 bits', async () => {
    const handlers = createNetworkHandlers(
      ['Loop*'],
      tables({
        adaptersAddresses: async () => found,
        interfaceRow: async (luid) => (luid === 7n ? ROW : undefined),
      }),
    )
    expect(await handlers['guest-network-get-interfaces']({})).toEqual([
      {
        name: 'Ethernet ü',
        'hardware-address': '52:54:00:12:34:ff',
        'ip-addresses': [
          { 'ip-address': '192.0.2.7', 'ip-address-type': 'ipv4', prefix: 24 },
          { 'ip-address': 'fe80::1%7', 'ip-address-type': 'ipv6', prefix: 64 },
        ],
        statistics: {
          'rx-bytes': 1n << 40n,
          'rx-packets': 2n << 40n,
          'rx-dropped': 3n << 40n,
          'rx-errs': 4n << 40n,
          'tx-bytes': 5n << 40n,
          'tx-packets': 6n << 40n,
          'tx-dropped': 7n << 40n,
          'tx-errs': 8n << 40n,
        },
      },
      { name: 'InfiniBand', 'hardware-address': '01:02:03:04:05:06' },
    ])
  })

  test('none at all', async () => {
    const nothing = { address: BASE, bytes: Buffer.alloc(0) }
    const handlers = createNetworkHandlers([], tables({ adaptersAddresses: async () => nothing }))
    expect(await handlers['guest-network-get-interfaces']({})).toEqual([])
  })
})

test('guest-network-get-route: both families, the metric of each, and names where there are any', async () => {
  const handlers = createNetworkHandlers(
    [],
    tables({
      adaptersAddresses: async () => image([{ name: 'Ethernet', luid: 7n, metrics: [25, 35] }]),
      forwardRows: async () => [
        route(ipv4(0, 0, 0, 0), 0, ipv4(192, 0, 2, 1), 7n, 5),
        route(ipv6('20010db8000000000000000000000000'), 32, ipv6(FE80), 7n, 256),
        route(ipv4(10, 0, 0, 0), 20, Buffer.alloc(28), 8n, 1),
        Buffer.alloc(FORWARD_TABLE.rowBytes),
      ],
      interfaceMetric: async (family) => (family === 2 ? 15 : undefined),
      interfaceRow: async (luid) => (luid === 7n ? ROW : undefined),
    }),
  )
  expect(await handlers['guest-network-get-route']({})).toEqual([
    {
      ...{ iface: 'Ethernet', destination: '0.0.0.0', mask: '0.0.0.0', gateway: '192.0.2.1' },
      ...{ metric: 20, mtu: 1500, version: 4 },
    },
    {
      ...{ iface: 'Ethernet', destination: '2001:db8::', desprefixlen: '32', nexthop: 'fe80::1' },
      ...{ metric: 291, mtu: 1500, version: 6 },
    },
    {
      ...{ iface: 'if8', destination: '10.0.0.0', mask: '255.255.240.0', gateway: '0.0.0.0' },
      ...{ metric: 16, version: 4 },
    },
  ])
})

test('routes are told without names when the adapters cannot be', async () => {
  const fail = () => Promise.reject(new Win32Error('no', 8, 'Not enough memory'))
  const rows = [route(ipv4(10, 0, 0, 0), 8, ipv4(0, 0, 0, 0), 3n, 1)]
  const made = tables({ adaptersAddresses: fail, forwardRows: async () => rows })
  const handlers = createNetworkHandlers([], made)
  expect(await handlers['guest-network-get-route']({})).toMatchObject([{ iface: 'if3', metric: 1 }])
  await expect(Promise.resolve(handlers['guest-network-get-interfaces']({}))).rejects.toThrow('no')
})

test.each([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
  ['20010db8000100000001000000010001', '2001:db8:1:0:1:0:1:1'],
  ['fe800000000000000000000000000000', 'fe80::'],
  ['00010000000000000002000000000000', '1::2:0:0:0'],
  ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
  ['10000000000000000000000000000010', '1000::10'],
])('the address %s is %s', (hex, text) => {
  expect(parseSocketAddress(ipv6(hex))?.text).toBe(text)
})

test.each([
  [0, '0.0.0.0'],
  [1, '128.0.0.0'],
  [24, '255.255.255.0'],
  [32, '255.255.255.255'],
])('maskText(%d) is %s', (prefix, text) => {
  expect(maskText(prefix)).toBe(text)
})
