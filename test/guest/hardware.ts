// SPDX-License-Identifier: Apache-2.0
/** Clock, processors, memory, disks and accounts of a guest. */
import { expect } from 'bun:test'
import { statSync } from 'node:fs'
import { check, figure } from './checks.ts'
import type { GuestAgent, Vm } from './vm.ts'

interface Processor {
  readonly 'logical-id': number
  readonly online: boolean
  readonly 'can-offline'?: boolean
}
interface MemoryBlock {
  readonly 'phys-index': number
  readonly online: boolean
  readonly 'can-offline'?: boolean
}
interface Disk {
  readonly name: string
  readonly partition: boolean
  readonly smart?: object
  readonly address?: { readonly 'bus-type': string; readonly serial?: string }
}
interface FileSystem {
  readonly mountpoint: string
  readonly name: string
  readonly type: string
  readonly disk: readonly {
    readonly 'bus-type': string
    readonly serial?: string
    readonly 'pci-controller': object
  }[]
}

export async function hardwareChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await using agent = await vm.agent()
  await agent.sync()
  await check('guest-set-time: the hardware clock has it too', async () => {
    const wanted = 1_900_000_000
    await agent.call('guest-set-time', { time: wanted * 1_000_000_000 })
    const system = Number(await reference.sh('date +%s'))
    expect(system - wanted).toBeLessThan(60)
    expect(system).toBeGreaterThanOrEqual(wanted)
    const clock = Number(await reference.sh('cat /sys/class/rtc/rtc0/since_epoch'))
    expect(Math.abs(clock - system)).toBeLessThanOrEqual(2)
    await reference.sh('date -s @1900005000')
    await agent.call('guest-set-time')
    expect(Number(await reference.sh('date +%s'))).toBeLessThan(1_900_000_500)
  })

  await check('a processor goes offline and comes back', async () => {
    const online = () => reference.sh('cat /sys/devices/system/cpu/online')
    const processors = await agent.call<Processor[]>('guest-get-vcpus')
    expect(processors.map((each) => [each['logical-id'], each['can-offline']])).toEqual([
      [0, false],
      [1, true],
    ])
    const set = (online: boolean) =>
      agent.call('guest-set-vcpus', { vcpus: [{ 'logical-id': 1, online }] })
    expect(await set(false)).toBe(1)
    expect(await online()).toBe('0\n')
    expect(await set(true)).toBe(1)
    expect(await online()).toBe('0-1\n')
  })

  await check('a memory block goes offline and comes back', async () => {
    await vm.qmp('object-add', {
      'qom-type': 'memory-backend-ram',
      id: 'm1',
      size: 128 * 1024 * 1024,
    })
    await vm.qmp('device_add', { driver: 'pc-dimm', id: 'dimm1', memdev: 'm1' })
    const blocks = () => agent.call<MemoryBlock[]>('guest-get-memory-blocks')
    const before = (await blocks()).length
    await vm.until(
      'the block is there',
      async () =>
        (await blocks()).length > before - 1 &&
        (await blocks()).some((block) => block['phys-index'] >= 32),
    )
    const added = (await blocks()).find((block) => block['phys-index'] >= 32)
    const index = added?.['phys-index'] as number
    const set = async (online: boolean) => {
      const [result] = await agent.call<{ response: string }[]>('guest-set-memory-blocks', {
        'mem-blks': [{ 'phys-index': index, online }],
      })
      return result?.response
    }
    const state = async () =>
      (await reference.sh(`cat /sys/devices/system/memory/memory${index}/state`)).trim()
    if (!added?.online) expect(await set(true)).toBe('success')
    expect(await set(false)).toBe('success')
    expect(await state()).toBe('offline')
    expect(await set(true)).toBe('success')
    expect(await state()).toBe('online')
  })
}

export async function diskChecks(vm: Vm, reference: GuestAgent): Promise<void> {
  await using agent = await vm.agent()
  await agent.sync()
  await check(
    'guest-get-disks knows the NVMe disk with its health, and the SCSI disk',
    async () => {
      const disks = await agent.call<Disk[]>('guest-get-disks')
      const find = (name: string) => disks.find((disk) => disk.name === name)
      expect(find('/dev/nvme0n1')).toMatchObject({
        address: { 'bus-type': 'nvme' },
        smart: { type: 'nvme', temperature: 323 },
      })
      expect(find('/dev/sda')).toMatchObject({ address: { 'bus-type': 'scsi' } })
      expect(find('/dev/vda')).toMatchObject({
        partition: false,
        address: { 'bus-type': 'virtio' },
      })
      const theirs = await reference.call<Disk[]>('guest-get-disks')
      expect(disks.map(({ name, partition }) => [name, partition]).sort()).toEqual(
        theirs.map(({ name, partition }) => [name, partition]).sort(),
      )
    },
  )

  await check('guest-get-fsinfo has all three disks as the C agent has them', async () => {
    const byPlace = (systems: FileSystem[]) =>
      Object.fromEntries(
        systems.map(({ mountpoint, name, type, disk }) => [
          mountpoint,
          { name, type, disk: disk.map((each) => [each['bus-type'], each['pci-controller']]) },
        ]),
      )
    const ours = byPlace(await agent.call<FileSystem[]>('guest-get-fsinfo'))
    expect(Object.keys(ours).sort()).toEqual(['/', '/mnt/nvme0n1', '/mnt/sda'])
    expect(ours).toEqual(byPlace(await reference.call<FileSystem[]>('guest-get-fsinfo')))
  })

  await check('guest-fstrim gives back what a deleted file held', async () => {
    const mebibytes = () => (statSync(vm.path('scsi.img')).blocks * 512) / 2 ** 20
    await reference.sh(
      'dd if=/dev/urandom of=/mnt/sda/big bs=1M count=30 && sync && rm /mnt/sda/big && sync',
    )
    const before = mebibytes()
    const { paths } = await agent.call<{
      paths: { path: string; trimmed?: number; error?: string }[]
    }>('guest-fstrim')
    const after = mebibytes()
    figure(
      `guest-fstrim: the SCSI disk took ${before.toFixed(0)} MiB on the host, and then ${after.toFixed(0)}`,
    )
    expect(paths.map(({ path, error }) => [path, error]).sort()).toEqual([
      ['/', undefined],
      ['/mnt/nvme0n1', undefined],
      ['/mnt/sda', undefined],
    ])
    expect(before).toBeGreaterThan(30)
    expect(after).toBeLessThan(before - 25)
  })
}
