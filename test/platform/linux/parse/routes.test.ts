// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { parseIpv4Routes, parseIpv6Routes } from '../../../../platform/linux/parse/routes.ts'

const HEADER =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   \n'

describe('parseIpv4Routes()', () => {
  const route = (line: string) => parseIpv4Routes(HEADER + line)

  test('reads addresses in the order of the machine', () => {
    expect(route('eth0\t00000000\t010200C0\t0003\t1\t2\t100\t00FFFFFF\t1500\t3\t4   \n')).toEqual([
      {
        iface: 'eth0',
        destination: '0.0.0.0',
        gateway: '192.0.2.1',
        mask: '255.255.255.0',
        metric: 100,
        flags: 3,
        refcnt: 1,
        use: 2,
        mtu: 1500,
        window: 3,
        irtt: 4,
        version: 4,
      },
    ])
  })

  test('takes a metric for unsigned, however the kernel prints it', () => {
    const [found] = route('eth0\t00000000\t00000000\t80000001\t0\t0\t-1\t00000000\t0\t0\t0\n')
    expect([found?.metric, found?.flags]).toEqual([4294967295, 0x80000001])
  })

  test.each([
    ['', 'nothing'],
    ['eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0', 'ten fields'],
    ['eth0\tXYZ\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0', 'no address'],
  ])('passes over %p, %s', (line) => {
    expect(route(line)).toEqual([])
  })

  test('passes over the header, and is content with it alone', () => {
    expect(parseIpv4Routes(HEADER)).toEqual([])
    expect(parseIpv4Routes('')).toEqual([])
  })
})

describe('parseIpv6Routes()', () => {
  test('reads a route', () => {
    const line =
      'fd000000000000000000000000000000 40 20010db8000000000000000000000000 20 fe800000000000000000000000000001 00000400 0000000a 0000000b 00000003     eth0\n'
    expect(parseIpv6Routes(line)).toEqual([
      {
        iface: 'eth0',
        destination: 'fd00::',
        source: '2001:db8::',
        nexthop: 'fe80::1',
        desprefixlen: '64',
        srcprefixlen: '32',
        metric: 1024,
        flags: 3,
        refcnt: 10,
        use: 11,
        version: 6,
      },
    ])
  })

  test('keeps metrics and flags unsigned', () => {
    const zero = '0'.repeat(32)
    const line = `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 80200001       lo\n`
    const [found] = parseIpv6Routes(line)
    expect([found?.metric, found?.flags]).toEqual([4294967295, 2149580801])
  })

  test('passes over what is no route', () => {
    expect(parseIpv6Routes('zz 00\n\nfd00 40 0 0 0 0 0 0 0 eth0\n')).toEqual([])
  })
})
