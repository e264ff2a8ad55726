// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { parseMountinfo, parseMounts } from '../../../../platform/linux/parse/mounts.ts'

function lines(text: string) {
  return parseMountinfo(Buffer.from(text, 'latin1')).map((line) => ({
    ...line,
    mountPoint: line.mountPoint.toString('latin1'),
    source: line.source.toString('latin1'),
  }))
}

describe('parseMountinfo()', () => {
  test('reads what the kernel writes, in its order', () => {
    const text =
      '22 28 0:21 / /proc rw,nosuid - proc proc rw\n' +
      '28 1 254:1 / / rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw,errors=remount-ro\n'
    expect(lines(text)).toEqual([
      { major: 0, minor: 21, mountPoint: '/proc', type: 'proc', source: 'proc' },
      { major: 254, minor: 1, mountPoint: '/', type: 'ext4', source: '/dev/vda1' },
    ])
  })

  test.each([
    ['/mnt/a\\040b', '/mnt/a b'],
    ['/mnt/a\\011\\012\\134b', '/mnt/a\t\n\\b'],
    ['/mnt/a\\\\040', '/mnt/a\\040'],
    ['/mnt/\\400\\08\\x', '/mnt/\\400\\08\\x'],
    ['/mnt/\\377\xe4', '/mnt/\xff\xe4'],
  ])('reads the escapes of %p', (written, meant) => {
    expect(lines(`1 2 8:1 / ${written} rw - xfs ${written} rw`)).toEqual([
      { major: 8, minor: 1, mountPoint: meant, type: 'xfs', source: meant },
    ])
  })

  test('reads a source that is empty', () => {
    expect(lines('1 2 0:5 / /a rw - tmpfs  rw')[0]).toMatchObject({ type: 'tmpfs', source: '' })
  })

  test.each([
    '',
    '1 2 8 / /a rw - ext4 /dev/a rw',
    '1 2 8:1 / /a',
    '1 2 8:1 / /a rw',
    '1 2 8:1 / /a rw - ',
  ])('passes over %p', (line) => {
    expect(lines(line)).toEqual([])
  })
})

describe('parseMounts()', () => {
  test('reads source, place and type', () => {
    const [line] = parseMounts(Buffer.from('/dev/vda1 /a\\040b ext4 rw,relatime 0 0\nbroken\n'))
    expect([String(line?.source), String(line?.mountPoint), line?.type]).toEqual([
      '/dev/vda1',
      '/a b',
      'ext4',
    ])
  })
})
