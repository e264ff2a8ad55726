// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { type MountSources, readMounts } from '../../../platform/linux/mounts.ts'

const BLOCK = { isBlockDevice: () => true, isDirectory: () => false }
const OTHER = { isBlockDevice: () => false, isDirectory: () => false }
const DIRECTORY = { isBlockDevice: () => false, isDirectory: () => true }

function withFiles(
  files: Record<string, string>,
  nodes: Record<string, ReturnType<MountSources['stat']>> = {},
): { sources: MountSources; told: string[]; account: (message: string) => void } {
  const told: string[] = []
  return {
    told,
    account: (message) => void told.push(message),
    sources: {
      read: (path) => (path in files ? Buffer.from(files[path] as string) : undefined),
      stat: (path) => {
        const node = nodes[String(path)]
        if (node === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' })
        return node
      },
    },
  }
}

function names(of: ReturnType<typeof withFiles>): string[] {
  return readMounts(of.account, of.sources).map(({ name, type, major, minor, others }) =>
    [name, type, `${major}:${minor}`, ...others.map(String)].join(' '),
  )
}

describe('readMounts()', () => {
  test('has each block device once, where it was mounted first, and knows the other places', () => {
    const mountinfo = `22 28 0:21 / /proc rw - proc proc rw
28 1 254:1 / / rw - ext4 /dev/vda1 rw
30 28 254:2 / /home rw - xfs /dev/vda2 rw
31 28 254:1 /srv /srv/bind rw - ext4 /dev/vda1 rw
32 28 7:3 / /snap ro - squashfs /dev/loop3 ro
33 28 0:50 / /nfs rw - nfs4 server:/ rw
`
    expect(names(withFiles({ '/proc/self/mountinfo': mountinfo }))).toEqual([
      '/ ext4 254:1 /srv/bind',
      '/home xfs 254:2',
      '/snap squashfs 7:3',
    ])
  })

  test('takes the number of a btrfs from its device, and one entry for all subvolumes', () => {
    const mountinfo = `1 0 0:30 /@ / rw - btrfs /dev/vda3 rw
2 1 0:30 /@home /home rw - btrfs /dev/vda3 rw
3 1 0:31 / /gone rw - btrfs /dev/gone rw
4 1 0:32 / /file rw - btrfs /file rw
`
    const of = withFiles(
      { '/proc/self/mountinfo': mountinfo },
      { '/dev/vda3': { ...BLOCK, rdev: 0xfe03 }, '/file': { ...OTHER, rdev: 0 } },
    )
    expect(names(of)).toEqual(['/ btrfs 254:3 /home'])
    expect(of.told).toEqual(["failed to stat device file '/dev/gone': No such file or directory"])
  })

  test('takes device numbers apart as the kernel puts them together', () => {
    const mountinfo = '1 0 0:30 / / rw - btrfs /dev/a rw\n'
    const stat = { '/dev/a': { ...BLOCK, rdev: 0x12345fe9a } }
    const [mount] = names(withFiles({ '/proc/self/mountinfo': mountinfo }, stat))
    // makedev(3): major fffff000 00000fff, minor ffffff00 000000ff
    expect(mount).toBe('/ btrfs 1534:1193114')
  })

  test('falls back to mounts, without binds, shares and all but one of what has no node', () => {
    const mounts = `proc /proc proc rw 0 0
/dev/vda1 / ext4 rw 0 0
/srv /bind none rw 0 0
/share /smb cifs rw 0 0
/dev/gone /a ext4 rw 0 0
/dev/gone2 /b ext4 rw 0 0
`
    const of = withFiles(
      { '/proc/self/mounts': mounts },
      { '/dev/vda1': { ...BLOCK, rdev: 0xfe01 }, '/srv': { ...DIRECTORY, rdev: 0 } },
    )
    expect(names(of)).toEqual(['/ ext4 254:1', '/a ext4 0:0 /b'])
  })

  test('says so when there is no table', () => {
    expect(() => names(withFiles({}))).toThrow(
      "failed to open mtab file: '/proc/self/mounts': No such file or directory",
    )
  })
})
