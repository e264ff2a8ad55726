// SPDX-License-Identifier: Apache-2.0
/** File systems and disks of the test's own, seen by our executable and the installed qemu-ga at the same time. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Agent, startAgent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { holdLoop, MountNamespace, mountNew, whileSteady } from '../harness/mount-namespace.ts'
import { needs, toolPath } from '../harness/needs.ts'
import { call, Scratch, SLOW_MS, until } from '../harness/program.ts'
import { TARGET } from './transcripts.ts'
import { versionOf } from './version.ts'

const NEEDED = ['root', 'qemu-ga', 'unshare', 'nsenter', 'losetup', 'addpart', '/dev/loop-control']
const canCompare = [...NEEDED, 'mkfs.ext4', 'mkfs.xfs', 'mkfs.btrfs'].every((what) => needs(what))
const reference = toolPath('qemu-ga') ?? ''

/**
 * One of each kind of mount that the rules tell apart: file systems by several drivers, a second
 * and a third mount of the same, names that need escapes, disks with partitions, and a database of
 * udev that knows serial numbers.
 */
function mounts(scratch: Scratch): string {
  const image = (name: string) => scratch.file(`${name}.img`)
  const at = (name: string) => scratch.file(`mnt/${name}`)
  return `mkdir -p '${scratch.file('mnt')}'
${mountNew('ext4', image('ext4'), at('ext4'))}
${mountNew('xfs', image('xfs'), at('xfs'), '-f')}
${mountNew('btrfs', image('btrfs'), at('btrfs'))}
${mountNew('ext4', image('odd'), `$(printf '${at('a b\\\\c\\351')}')`, '-m 20')}
mkdir '${at('bind')}' '${at('plain')}' '${at('ext4')}/below' '${at('p1')}' '${at('p2')}'
mount --bind '${at('ext4')}' '${at('bind')}'
mount --bind '${at('ext4')}/below' '${at('plain')}'
mount -t tmpfs none '${at('plain')}'
truncate -s 32M '${image('disk')}'
disk=$(losetup -P -f --show '${image('disk')}')
${holdLoop('$disk')}
for part in 1 2; do
  # The kernel is told, for it may not know tables of partitions.
  addpart "$disk" $part $((part * 16384)) 16384
  mkfs.ext4 -q "$disk"p$part
  mount -r "$disk"p$part '${scratch.file('mnt/p')}'$part
done
sync -f '${at('xfs')}' '${at('btrfs')}'
mount -t tmpfs none /run
mkdir -p /run/udev/data
printf 'S:disk/by-id/x\\nE:ID_SERIAL=of the root disk\\nE:DM_NAME=no dm\\nV:1\\n' > /run/udev/data/b$(mountpoint -d /)
printf 'E:DM_NAME=an alias\\nV:1\\n' > /run/udev/data/b$(cat /sys/class/block/\${disk##*/}/dev)`
}

describe.if(canCompare)('beside qemu-ga', () => {
  const scratch = new Scratch()
  let namespace: MountNamespace
  let ours: Agent
  let theirs: Agent
  const isTarget = canCompare && versionOf([reference]) === TARGET

  beforeAll(async () => {
    namespace = await MountNamespace.start(mounts(scratch))
    ours = await startAgent([...namespace.enter, EXECUTABLE])
    theirs = await startAgent([...namespace.enter, reference])
  }, SLOW_MS)

  afterAll(() => {
    ours?.[Symbol.dispose]()
    theirs?.[Symbol.dispose]()
    namespace?.[Symbol.dispose]()
    scratch[Symbol.dispose]()
  })

  const both = <T>(command: string) =>
    whileSteady(
      () => call<T>(theirs.socket, command),
      () => call<T>(ours.socket, command),
    )

  test(
    'guest-get-fsinfo says the same',
    async () => {
      const answers = await both<Filesystem[]>('guest-get-fsinfo')
      if (isTarget) expect(answers.ours).toEqual(answers.theirs)
      else expect(answers.ours.map(withoutPrivileged)).toEqual(firstMounts(answers.theirs))
      const own = answers.ours.filter(({ mountpoint }) => mountpoint.startsWith(scratch.path))
      expect(own.map(({ type }) => type).sort()).toEqual(
        ['ext4', 'xfs', 'btrfs', 'ext4', 'ext4', 'ext4'].sort(),
      )
      expect(JSON.stringify(answers.theirs)).toContain('of the root disk')
    },
    SLOW_MS,
  )

  test(
    'total-bytes-privileged is the size that statvfs tells',
    async () => {
      const odd = (await call<Filesystem[]>(ours.socket, 'guest-get-fsinfo')).find(
        ({ mountpoint }) => mountpoint.includes('a b\\c'),
      )
      expect(odd?.mountpoint).toEndWith('a b\\c\ufffd')
      const { stdout } = await namespace.run(
        'sh',
        '-c',
        `stat -f -c '%b %f %a %S' '${scratch.path}'/mnt/a*`,
      )
      const [blocks = 0, free = 0, available = 0, size = 0] = stdout.split(' ').map(Number)
      expect(odd).toMatchObject({
        'used-bytes': (blocks - free) * size,
        'total-bytes': (blocks - free + available) * size,
        'total-bytes-privileged': blocks * size,
      })
      expect(odd?.['total-bytes']).toBeLessThan(blocks * size)
    },
    SLOW_MS,
  )

  test(
    'guest-get-disks says the same',
    async () => {
      const answers = await both<{ partition: boolean }[]>('guest-get-disks')
      expect(answers.ours).toEqual(answers.theirs)
      expect(answers.theirs.filter(({ partition }) => partition).length).toBeGreaterThanOrEqual(2)
      expect(JSON.stringify(answers.theirs)).toContain('"alias":"an alias"')
    },
    SLOW_MS,
  )

  test(
    'guest-get-diskstats names the same devices and counters, and counts between their answers',
    async () => {
      const ask = ({ socket }: Agent) => call<DiskStats[]>(socket, 'guest-get-diskstats')
      let answers: [DiskStats[], DiskStats[], DiskStats[]] = [[], [], []]
      await until('no device comes or goes', async () => {
        answers = [await ask(theirs), await ask(ours), await ask(theirs)]
        return Bun.deepEquals(answers[0].map(shape), answers[2].map(shape))
      })
      const [before, got, after] = answers
      expect(got.map(shape)).toEqual(after.map(shape))
      const values = (all: DiskStats[]) => all.flatMap(({ stats }) => growing(stats))
      const [low, high] = [values(before), values(after)]
      for (const [i, value] of values(got).entries()) {
        expect(value).toBeGreaterThanOrEqual(low[i] as number)
        expect(value).toBeLessThanOrEqual(high[i] as number)
      }
      expect(Math.max(...low)).toBeGreaterThan(0)
    },
    SLOW_MS,
  )
})

interface Filesystem {
  readonly name: string
  readonly mountpoint: string
  readonly type: string
  readonly 'used-bytes'?: number
  readonly 'total-bytes'?: number
  readonly 'total-bytes-privileged'?: number
}

/** 7.2 tells of every mount, 11.1 of the first on a device, which is last in the list. */
function firstMounts(all: Filesystem[]): Filesystem[] {
  return all.filter(({ name }, i) => !all.slice(i + 1).some((older) => older.name === name))
}

/** As before 9.1. */
function withoutPrivileged({ 'total-bytes-privileged': _, ...rest }: Filesystem): Filesystem {
  return rest
}

interface DiskStats {
  readonly name: string
  readonly major: number
  readonly minor: number
  readonly stats: Readonly<Record<string, number>>
}

function shape({ name, major, minor, stats }: DiskStats): unknown {
  return [name, major, minor, Object.keys(stats).sort()]
}

/** The counters that never go down, in an order of names. */
function growing(stats: DiskStats['stats']): number[] {
  const names = Object.keys(stats).filter((name) => name !== 'ios-pgr')
  return names.sort().map((name) => stats[name] as number)
}
