// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { parseAddress, parseLink } from '../../../../platform/linux/parse/rtnetlink.ts'

const HEADER_BYTES = 4
const [LINK_BYTES, ADDRESS_BYTES] = [16, 8]
const [IFLA_IFNAME, IFLA_STATS64] = [3, 23]
const IFA_ADDRESS = 1
/** struct rtnl_link_stats64 of today, and of a kernel before `rx_nohandler`. */
const [STATS_BYTES, OLD_STATS_BYTES] = [200, 184]

/** @param length what the attribute says of itself */
function attribute(type: number, value: Uint8Array, length = HEADER_BYTES + value.length): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16LE(length)
  header.writeUInt16LE(type, 2)
  return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)])
}

/** Each word is its own number, counted from 1. */
function stats(bytes: number): Buffer {
  const words = BigUint64Array.from({ length: Math.ceil(bytes / 8) }, (_, i) => BigInt(i + 1))
  return Buffer.from(words.buffer).subarray(0, bytes)
}

const link = (...attributes: readonly Buffer[]) =>
  parseLink(Buffer.concat([Buffer.alloc(LINK_BYTES), ...attributes]))

describe('parseLink()', () => {
  test.each([STATS_BYTES, OLD_STATS_BYTES])('counts by %d bytes', (bytes) => {
    const { counter } = link(attribute(IFLA_STATS64, stats(bytes)))
    expect([counter('rxPackets'), counter('txDropped'), counter('rxMissed')]).toEqual([1n, 8n, 16n])
  })

  test.each([0, 1, 7, 8, 12, 63, 64, 127])('a counter that %d bytes do not have is 0', (bytes) => {
    const { counter } = link(attribute(IFLA_STATS64, stats(bytes)))
    expect(counter('rxPackets')).toBe(bytes >= 8 ? 1n : 0n)
    expect(counter('txDropped')).toBe(bytes >= 64 ? 8n : 0n)
    expect(counter('rxMissed')).toBe(0n)
  })

  test('a name ends at its NUL, or where it ends', () => {
    expect(link(attribute(IFLA_IFNAME, Buffer.from('eth0\0x'))).name).toBe('eth0')
    expect(link(attribute(IFLA_IFNAME, Buffer.from('eth0'))).name).toBe('eth0')
  })

  test.each([0, 3, 9, 0xffff])('an attribute that says it has %d bytes ends the list', (length) => {
    const name = Buffer.from('lo\0')
    const { name: found } = link(attribute(IFLA_IFNAME, name, length))
    expect(found).toBe('')
  })
})

test('parseAddress() finds no address in what is cut short', () => {
  const whole = Buffer.concat([
    Buffer.alloc(ADDRESS_BYTES, 2),
    attribute(IFA_ADDRESS, Buffer.from([192, 0, 2, 1])),
  ])
  expect(parseAddress(whole)?.bytes).toEqual(Buffer.from([192, 0, 2, 1]))
  for (let length = ADDRESS_BYTES; length < whole.length; length++) {
    expect(parseAddress(whole.subarray(0, length))).toBeUndefined()
  }
})
