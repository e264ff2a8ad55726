// SPDX-License-Identifier: Apache-2.0
/** What a list that is cut short, or points elsewhere, gives; test/platform/windows/network.test.ts has whole ones. */
import { describe, expect, test } from 'bun:test'
import { ADAPTER, parseAdapters, UNICAST } from '../../../../platform/windows/parse/adapters.ts'

const BASE = 0x7ff0_1000n
/** Of IP_ADAPTER_ADDRESSES and IP_ADAPTER_UNICAST_ADDRESS, as far as they are looked at. */
const [ADAPTER_BYTES, UNICAST_BYTES] = [232, 57]
const SOCKADDR_BYTES = 28
const [SECOND, NAME, ENTRY, SOCKET] = [240, 480, 512, 576]
const END = SOCKET + 3 * SOCKADDR_BYTES
/** As far before the bytes as the address is before their end: a negative index counts from there. */
const WRAPPED = SOCKET - END

/** Two adapters; the first has a name and an address. */
function image(): Buffer {
  const bytes = Buffer.alloc(END)
  point(bytes, ADAPTER.next, SECOND)
  for (const at of [0, SECOND]) {
    bytes.writeUInt32LE(at + 1, at + ADAPTER.index)
    point(bytes, at + ADAPTER.friendlyName, NAME)
  }
  bytes.write('eth', NAME, 'utf16le')
  point(bytes, ADAPTER.unicast, ENTRY)
  point(bytes, ENTRY + UNICAST.address, SOCKET)
  bytes[ENTRY + UNICAST.prefix] = 24
  bytes.writeUInt16LE(2, SOCKET)
  bytes.set([192, 0, 2, 7], SOCKET + 4)
  return bytes
}

function point(bytes: Buffer, at: number, to: number): void {
  bytes.writeBigUInt64LE(BASE + BigInt(to), at)
}

function parsed(bytes: Buffer) {
  return parseAdapters(BASE, bytes).map(({ index, name, addresses }) => ({
    index,
    name,
    prefixes: addresses.map(({ prefix }) => prefix),
  }))
}

const SECOND_ALONE = { index: SECOND + 1, name: 'eth', prefixes: [] }

describe('parseAdapters()', () => {
  test('takes what is whole', () => {
    expect(parsed(image())).toEqual([{ index: 1, name: 'eth', prefixes: [24] }, SECOND_ALONE])
  })

  test('takes of bytes that are cut short the entries that lie in them whole', () => {
    const whole = image()
    for (let length = 0; length <= whole.length; length++) {
      const found = parsed(whole.subarray(0, length))
      const count = Number(length >= ADAPTER_BYTES) + Number(length >= SECOND + ADAPTER_BYTES)
      expect(found).toHaveLength(count)
      const hasAddress = length >= ENTRY + UNICAST_BYTES
      if (!hasAddress) expect(found.flatMap(({ prefixes }) => prefixes)).toEqual([])
    }
  })

  test.each([
    ['the next adapter', ADAPTER.next, { index: 1, name: 'eth', prefixes: [24] }],
    ['an address', ADAPTER.unicast, { index: 1, name: 'eth', prefixes: [] }],
    ['a name', ADAPTER.friendlyName, { index: 1, name: '', prefixes: [24] }],
    ['the bytes of an address', ENTRY + UNICAST.address, { index: 1, name: 'eth', prefixes: [] }],
  ])('has nothing where %s lies before the bytes or behind them', (_, at, first) => {
    for (const to of [-1, -8, WRAPPED, -0x1000, END, END + 1, 0x7fff_ffff]) {
      const bytes = image()
      point(bytes, at, to)
      expect(parsed(bytes)).toEqual(at === ADAPTER.next ? [first] : [first, SECOND_ALONE])
    }
  })

  test('comes to an end where the list goes round in a circle', () => {
    const bytes = image()
    point(bytes, SECOND + ADAPTER.next, 0)
    expect(parsed(bytes).length).toBeLessThanOrEqual(10_000)
  })
})
