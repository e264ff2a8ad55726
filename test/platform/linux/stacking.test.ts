// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import type { Mount } from '../../../platform/linux/mounts.ts'
import { freezeGroups, type StackSources } from '../../../platform/linux/stacking.ts'

function mount(name: string, device: string, ...others: readonly string[]): Mount {
  const [major = 0, minor = 0] = device.split(':').map(Number)
  const mountPoint = Buffer.from(name)
  return {
    mountPoint,
    name,
    type: 'ext4',
    major,
    minor,
    others: others.map((one) => Buffer.from(one)),
  }
}

interface Device {
  /** Where its files are; a partition lies in its disk's. */
  readonly directory: string
  readonly backing?: string
  readonly slaves?: readonly string[]
  readonly isPartition?: true
}

/** A sysfs of these devices, and files on devices. */
function system(devices: Record<string, Device>, files: Record<string, string> = {}): StackSources {
  const all = Object.values(devices)
  const clean = (path: string) => path.replace(/\/[^/]+\/\.\./, '')
  const at = (path: string) => all.find(({ directory }) => clean(path) === directory)
  return {
    directory: (path) =>
      devices[path.replace('/sys/dev/block/', '')]?.directory ??
      all.find(({ directory }) => path.endsWith(directory.slice(directory.lastIndexOf('/'))))
        ?.directory,
    names: (directory) => at(directory.replace(/\/slaves$/, ''))?.slaves ?? [],
    read: (path) => {
      if (path.endsWith('/partition')) {
        return at(path.slice(0, -'/partition'.length))?.isPartition && '1\n'
      }
      const backing = at(path.slice(0, -'/loop/backing_file'.length))?.backing
      return backing && `${backing}\n`
    },
    deviceBelow: (loop) => {
      const backing = all.find(({ directory }) => directory.endsWith(`/${loop}`))?.backing
      return backing && files[backing]
    },
  }
}

const names = (mounts: readonly Mount[], sources: StackSources) =>
  freezeGroups(mounts, sources).map((group) => group.map(({ name }) => name))

describe('freezeGroups()', () => {
  test('is one group where nothing lies on another', () => {
    const mounts = [mount('/', '254:1'), mount('/home', '254:2'), mount('/srv', '254:3')]
    expect(names(mounts, system({}))).toEqual([['/srv', '/home', '/']])
  })

  const loop = { '7:0': { directory: '/sys/devices/virtual/block/loop0', backing: '/data/a.img' } }

  test('has what lies on a loop device first, although the one below was mounted later', () => {
    const mounts = [mount('/', '254:1'), mount('/inner', '7:0'), mount('/data', '254:2')]
    expect(names(mounts, system(loop, { '/data/a.img': '254:2' }))).toEqual([
      ['/inner', '/'],
      ['/data'],
    ])
  })

  test('goes through partitions and device-mapper to the loop device below', () => {
    const devices = {
      '253:0': { directory: '/sys/devices/virtual/block/dm-0', slaves: ['loop0p1'] },
      '259:0': {
        directory: '/sys/devices/virtual/block/loop0/loop0p1',
        isPartition: true as const,
      },
      '7:0': { directory: '/sys/devices/virtual/block/loop0', backing: '/data/a.img' },
    }
    const mounts = [mount('/crypt', '253:0'), mount('/data', '254:2')]
    expect(names(mounts, system(devices, { '/data/a.img': '254:2' }))).toEqual([
      ['/crypt'],
      ['/data'],
    ])
  })

  test('finds the one below by name where the number says nothing', () => {
    const mounts = [mount('/', '254:1'), mount('/inner', '7:0'), mount('/mnt', '254:2', '/data')]
    expect(names(mounts, system(loop, { '/data/a.img': '0:33' }))).toEqual([
      ['/inner', '/'],
      ['/mnt'],
    ])
    expect(names(mounts, system(loop))).toEqual([['/inner', '/'], ['/mnt']])
  })

  test.each([
    ['/sys/devices/virtual/block/nbd0', 'a server in this guest may serve it'],
    [
      '/sys/devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sdb',
      'so may an iSCSI target',
    ],
  ])('has %s before all that was mounted earlier: %s', (directory) => {
    const mounts = [mount('/', '254:1'), mount('/remote', '43:0'), mount('/later', '254:2')]
    const devices = { '43:0': { directory } }
    expect(names(mounts, system(devices))).toEqual([['/later', '/remote'], ['/']])
  })

  test('ends where two lie on each other', () => {
    const devices = {
      '7:0': { directory: '/sys/devices/virtual/block/loop0', backing: '/b/a.img' },
      '7:1': { directory: '/sys/devices/virtual/block/loop1', backing: '/a/b.img' },
    }
    const mounts = [mount('/a', '7:0'), mount('/b', '7:1')]
    const files = { '/b/a.img': '7:1', '/a/b.img': '7:0' }
    expect(names(mounts, system(devices, files)).flat().sort()).toEqual(['/a', '/b'])
  })
})
