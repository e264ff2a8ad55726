// SPDX-License-Identifier: Apache-2.0
/**
 * The commands on a machine that was captured: virtio, virtio-scsi, IDE, SATA, an LSI controller,
 * NVMe, USB 1 to 3, MMC, two controllers that upstream does not know, device mapper (linear,
 * multipath), md, partitions. What qemu-ga 11.1.3 answered there is captured too; diskstats are of
 * another machine, which stood still meanwhile.
 */
import { describe, expect, test } from 'bun:test'
import { readMounts } from '../../../platform/linux/mounts.ts'
import { parseNvmeSmart } from '../../../platform/linux/parse/nvme-smart.ts'
import { createStorageHandlers, type StorageSystem } from '../../../platform/linux/storage.ts'
import { usageOf } from '../../../platform/linux/usage.ts'
import captured from '../../fixtures/linux/storage/machine.json'
import { type DeviceTree, sourcesOf } from '../../harness/device-tree.ts'

const tree: DeviceTree = captured
const NOTHING: DeviceTree = { links: {}, files: {}, directories: {} }
const NO_MOUNTS = { read: () => undefined, stat: () => expect.unreachable('nothing to look at') }

/** @param devices what is to be seen of the machine */
function machine(devices: DeviceTree = tree): StorageSystem {
  const mountinfo = Buffer.from(captured.mountinfo)
  const statvfs: Readonly<Record<string, Counts>> = captured.statvfs
  const smart: Readonly<Record<string, string>> = captured.smart
  return {
    mounts: (account) => readMounts(account, { ...NO_MOUNTS, read: () => mountinfo }),
    usage: async ({ name }) => usageOf(counts(statvfs[name])),
    devices: sourcesOf(devices),
    smart: async (node) => {
      const log = Buffer.from(smart[node] ?? '', 'hex')
      return { type: 'nvme', ...parseNvmeSmart(log) }
    },
  }
}

interface Counts {
  readonly frsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
}

function counts(of: Counts | undefined) {
  if (of === undefined) throw new Error('Was not captured')
  const [frsize, blocks, bfree, bavail] = [of.frsize, of.blocks, of.bfree, of.bavail].map(BigInt)
  return { frsize, blocks, bfree, bavail } as Parameters<typeof usageOf>[0]
}

/** As a client reads it. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, member) =>
    typeof member === 'bigint' ? Number(member) : member,
  )
  return JSON.parse(text)
}

const told: string[] = []
const handlers = (system: StorageSystem) =>
  createStorageHandlers((message) => void told.push(message), system)

describe('on the captured machine', () => {
  test('guest-get-fsinfo answers as 11.1.3', async () => {
    const answer = plain(await handlers(machine())['guest-get-fsinfo']({}))
    expect(answer).toEqual(captured.replies['guest-get-fsinfo'])
  })

  test('guest-get-disks answers as 11.1.3', async () => {
    const answer = plain(await handlers(machine())['guest-get-disks']({}))
    expect(answer).toEqual(captured.replies['guest-get-disks'])
  })

  test('guest-get-diskstats answers as 11.1.3', async () => {
    const devices = { ...NOTHING, files: { '/proc/diskstats': captured.diskstats } }
    const answer = plain(await handlers(machine(devices))['guest-get-diskstats']({}))
    expect(answer).toEqual(captured.replies['guest-get-diskstats'])
  })
})

describe('what cannot be found', () => {
  test('costs a file system its disks only', async () => {
    const { '/sys/dev/block/8:0': _, ...links } = tree.links
    const answer = await handlers(machine({ ...NOTHING, links }))['guest-get-fsinfo']({})
    expect(answer.map(({ mountpoint }) => mountpoint)).toEqual(
      captured.replies['guest-get-fsinfo'].map(({ mountpoint }) => mountpoint),
    )
    expect(answer.flatMap(({ disk }) => disk).every(({ dev }) => dev === undefined)).toBe(true)
  })

  test('is the number of a device that sysfs does not know', async () => {
    const answer = await handlers(machine(NOTHING))['guest-get-fsinfo']({})
    for (const { name, disk } of answer) {
      expect(name).toMatch(/^\d+:\d+$/)
      expect(disk).toEqual([])
    }
  })

  test('leaves out disks that went while they were listed', async () => {
    const gone = Object.keys(tree.files).filter((path) => !path.includes('/virtio1/'))
    const files = Object.fromEntries(gone.map((path) => [path, tree.files[path] as string]))
    const answer = await handlers(machine({ ...tree, files }))['guest-get-disks']({})
    const names = captured.replies['guest-get-disks'].map(({ name }) => name)
    const left = names.filter((name) => !answer.some((disk) => disk.name === name))
    expect(left.length).toBeGreaterThan(0)
    expect(left.length).toBeLessThan(names.length)
  })

  test('is an error where there is nothing to list', async () => {
    const nothing = handlers(machine(NOTHING))
    expect(nothing['guest-get-disks']({})).rejects.toThrow(
      'Can\'t open directory "/sys/block": No such file or directory',
    )
    expect(() => nothing['guest-get-diskstats']({})).toThrow(
      "Could not open '/proc/diskstats': No such file or directory",
    )
  })

  test('is a health that the disk does not tell', async () => {
    const system = { ...machine(), smart: async () => undefined }
    const answer = await handlers(system)['guest-get-disks']({})
    expect(answer.some((disk) => 'smart' in disk)).toBe(false)
    expect(answer.some(({ address }) => address?.['bus-type'] === 'nvme')).toBe(true)
  })
})

describe('usageOf()', () => {
  test('counts in 64 bits without a sign', () => {
    const huge = { frsize: 4096n, blocks: 2n ** 51n, bfree: 2n ** 51n + 1n, bavail: 0n }
    expect(usageOf(huge)).toEqual({
      'used-bytes': 2n ** 64n - 4096n,
      'total-bytes': 2n ** 64n - 4096n,
      'total-bytes-privileged': 2n ** 63n,
    })
  })
})
