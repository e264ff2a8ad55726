// SPDX-License-Identifier: Apache-2.0
/** Disks and volumes of a machine that is made up, down to the bytes that its drivers answer with. */
import { describe, expect, test } from 'bun:test'
import type { DeviceProperty } from '../../../native/cfgmgr32.ts'
import type { Answer, Question } from '../../../native/kernel32-volume.ts'
import type { DeviceInstance } from '../../../native/setupapi.ts'
import { Win32Error } from '../../../native/win32-error.ts'
import type { Disks } from '../../../platform/windows/disk-address.ts'
import { trimAll, trimError } from '../../../platform/windows/fstrim.ts'
import { createStorageHandlers, type Volumes } from '../../../platform/windows/storage.ts'
import { struct, wide } from './struct.ts'

const failed = (number: number) => new Win32Error('failed', number, 'system message')

/** STORAGE_DEVICE_DESCRIPTOR with a serial number behind it. */
function descriptor(busType: number, serial = ''): Buffer {
  const text = Buffer.from(`${serial}\0`, 'latin1')
  const bytes = struct(40 + text.length, {
    4: 40 + text.length,
    24: serial === '' ? 0 : 40,
    28: busType,
    40: text,
  })
  return serial === '' ? bytes.subarray(0, 40) : bytes
}

interface Device {
  readonly id: string
  readonly parent?: number
  readonly bus?: number
  readonly address?: number
}

/** The device tree, by instance. */
const TREE: Readonly<Record<number, Device>> = {
  1: { id: 'SCSI\\DISK&VEN_RED_HAT', parent: 10 },
  10: { id: 'PCI\\VEN_1AF4&DEV_1001', parent: 99, bus: 0, address: 0x0005_0000 },
  2: { id: 'IDE\\DISKQEMU', parent: 20 },
  20: { id: 'PCIIDE\\IDECHANNEL', parent: 21 },
  21: { id: 'PCI\\VEN_8086&DEV_7010', parent: 99, bus: 0, address: 0x0001_0001 },
  3: { id: 'USBSTOR\\DISK', parent: 30 },
  30: { id: 'PCI\\VEN_1B36&DEV_000D', parent: 99, bus: 1, address: 0 },
  4: { id: 'SCSI\\DISK&VEN_NVME', parent: 40 },
  40: { id: 'PCI\\VEN_1B36&DEV_0010', parent: 99, bus: 3, address: 0 },
  5: { id: 'STORAGE\\DISK', parent: 50 },
  50: { id: 'ROOT\\SPACEPORT', parent: 99 },
  6: { id: 'SCSI\\DISK', parent: 60 },
  60: { id: 'PCI\\VEN_1AF4&DEV_1048', parent: 99 },
  99: { id: 'HTREE\\ROOT\\0' },
}

/** What each disk answers: by its number, its device, its descriptor, and its SCSI_ADDRESS. */
const DISKS: readonly {
  readonly number: number
  readonly instance: number
  readonly descriptor?: Buffer
  readonly scsi?: Buffer
}[] = [
  {
    ...{ number: 0, instance: 1, descriptor: descriptor(1, 'serial-0  ') },
    scsi: struct(8, { 5: { u8: 1 }, 6: { u8: 2 }, 7: { u8: 3 } }),
  },
  { number: 1, instance: 2, descriptor: descriptor(3) },
  { number: 2, instance: 3, descriptor: descriptor(7, 'usb') },
  { number: 3, instance: 4, descriptor: descriptor(17) },
  { number: 4, instance: 5, descriptor: descriptor(16) },
  { number: 5, instance: 6, descriptor: descriptor(6) },
  { number: 6, instance: 6 },
]

function reply(bytes: Buffer | undefined, { outputBytes }: Question): Promise<Answer> {
  if (bytes === undefined) return Promise.reject(failed(50))
  return Promise.resolve({ bytes: bytes.subarray(0, outputBytes), error: 0 })
}

function machine() {
  const asked: string[] = []
  const disks: Disks = {
    diskInterfaces: async () => [
      { path: 'gone', instance: 1 as DeviceInstance },
      ...DISKS.map(({ number, instance }) => ({
        path: `interface ${number}`,
        instance: instance as DeviceInstance,
      })),
    ],
    askDevice: (path, question) => {
      asked.push(`${path} ${question.code.toString(16)}`)
      if (path === 'gone') return Promise.reject(failed(2))
      const disk = DISKS.find(({ number }) => path.endsWith(`${number}`))
      const answers: Readonly<Record<number, Buffer | undefined>> = {
        2953344: struct(12, { 0: 7, 4: disk?.number ?? 0 }),
        2954240: disk?.descriptor,
        266264: disk?.scsi,
      }
      return reply(answers[question.code], question)
    },
    deviceProperty: async (instance, property: DeviceProperty) => {
      const { bus, address } = TREE[instance] ?? {}
      const value = { busNumber: bus, address }[property as 'busNumber' | 'address']
      return value === undefined ? undefined : struct(4, { 0: value })
    },
    parentDevice: async (instance) => TREE[instance]?.parent as DeviceInstance | undefined,
    deviceId: async (instance) => TREE[instance]?.id,
  }
  return { disks, asked }
}

const NO_PCI = { domain: -1, bus: -1, slot: -1, function: -1 }
const at = (bus: number, slot: number, fn = 0) => ({ domain: 0, bus, slot, function: fn })
const ZERO = { bus: 0, target: 0, unit: 0 }
const dev = (number: number) => `\\\\.\\PhysicalDrive${number}`

test('guest-get-disks: the controller of each, the last first; one that answers nothing has no address', async () => {
  const handlers = createStorageHandlers(machine().disks)
  const told = await handlers['guest-get-disks']({})
  expect(told.map(({ name, address }) => [name, address])).toEqual([
    [dev(6), undefined],
    [dev(5), { 'pci-controller': NO_PCI, 'bus-type': 'fibre', ...ZERO, dev: dev(5) }],
    [dev(4), { 'pci-controller': NO_PCI, 'bus-type': 'unknown', ...ZERO, dev: dev(4) }],
    [dev(3), { 'pci-controller': at(3, 0), 'bus-type': 'nvme', ...ZERO, dev: dev(3) }],
    [dev(2), { 'pci-controller': NO_PCI, 'bus-type': 'usb', ...ZERO, serial: 'usb', dev: dev(2) }],
    [dev(1), { 'pci-controller': at(0, 1, 1), 'bus-type': 'ide', ...ZERO, dev: dev(1) }],
    [
      dev(0),
      {
        ...{ 'pci-controller': at(0, 5), 'bus-type': 'scsi', bus: 1, target: 2, unit: 3 },
        ...{ serial: 'serial-0  ', dev: dev(0) },
      },
    ],
  ])
  expect(told.every(({ partition }) => partition === false)).toBe(true)
})

/** VOLUME_DISK_EXTENTS on those disks. */
function extents(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + 24 * numbers.length)
  bytes.writeUInt32LE(numbers.length)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number, 8 + 24 * i)
  return bytes
}

const name = (letter: string) => `\\\\?\\Volume{${letter}}\\`

function volumes(): Volumes {
  const found: Readonly<
    Record<string, { paths?: string[]; type?: string; on?: Buffer; error?: number }>
  > = {
    [name('c')]: { paths: ['C:\\', 'D:\\mounted\\'], type: 'NTFS', on: extents(0) },
    [name('span')]: { paths: ['S:\\'], type: 'ReFS', on: extents(1, 0, 1) },
    [name('cd')]: { paths: ['E:\\'] },
    [name('rom')]: { paths: ['F:\\'], type: 'UDF', error: 1 },
    [name('efi')]: { paths: [], type: 'FAT32', on: extents(6) },
    [name('gone')]: {},
  }
  return {
    volumeNames: async () => Object.keys(found),
    volumePaths: async (volume) => {
      const paths = found[volume]?.paths
      return paths && Buffer.concat([wide(...paths), Buffer.alloc(200)])
    },
    fileSystemOf: async (volume) => found[volume]?.type,
    diskSpace: async (volume) => (volume === name('c') ? { total: 100n, free: 30n } : undefined),
    driveType: async () => 0,
    askDevice: (path, question) => {
      expect(question.code).toBe(0x560000)
      const { on, error } = found[`${path}\\`] ?? {}
      if (on === undefined) return Promise.reject(failed(error ?? 2))
      const isShort = on.length > question.outputBytes
      const bytes = on.subarray(0, question.outputBytes)
      return Promise.resolve({ bytes, error: isShort ? 234 : 0 })
    },
  }
}

describe('guest-get-fsinfo', () => {
  test('volumes with their disks, the last first; what is not ready is left out', async () => {
    const { disks, asked } = machine()
    const told = await createStorageHandlers(disks, volumes())['guest-get-fsinfo']({})
    const disksOf = told.map(({ disk }) => disk.map((address) => address.dev))
    expect(told.map(({ mountpoint }) => mountpoint)).toEqual([
      'System Reserved',
      'F:\\',
      'S:\\',
      'C:\\',
    ])
    expect(disksOf).toEqual([[], [], [dev(0), dev(1)], [dev(0)]])
    expect(told.at(-1)).toMatchObject({
      name: name('c'),
      type: 'NTFS',
      'used-bytes': 70n,
      'total-bytes': 100n,
    })
    expect(told[0]).not.toHaveProperty('used-bytes')
    // A disk under two volumes is asked once.
    expect(asked.filter((line) => line === `${dev(0)} 41018`)).toHaveLength(1)
  })

  test('volumes are told when the disks cannot be', async () => {
    const disks: Disks = { ...machine().disks, diskInterfaces: () => Promise.reject(failed(8)) }
    const handlers = createStorageHandlers(disks, volumes())
    const told = await handlers['guest-get-fsinfo']({})
    expect(told.at(-1)?.disk).toMatchObject([{ dev: dev(0), 'pci-controller': NO_PCI }])
    await expect(Promise.resolve(handlers['guest-get-disks']({}))).rejects.toThrow('failed')
  })
})

describe('guest-fstrim', () => {
  const ran = (output: string) => Promise.resolve({ ending: { exitcode: 0 }, output })

  test('trims fixed volumes one after the other, the last first', async () => {
    const lines: string[] = []
    const { paths } = await trimAll({
      ...volumes(),
      // Some systems know the kind only of a mounted path.
      driveType: async (root) => ({ 'C:\\': 3, 'S:\\': 3, 'F:\\': 5 })[root] ?? 0,
      run: ({ name, args, limitMs }) => {
        lines.push(`${name} ${args.join(' ')}`)
        expect(limitMs).toBeGreaterThan(0)
        if (args.includes('S:\\')) return ran('x\r\nNot supported. (0x8900002A)\r\n')
        return ran('The operation completed successfully.\r\n')
      },
    })
    expect(lines).toEqual(['defrag.exe /L C:\\', 'defrag.exe /L S:\\'])
    expect(paths).toEqual([
      { path: 'S:\\', error: 'Not supported. (0x8900002A)' },
      { path: 'C:\\' },
    ])
  })

  test('tells what took too long', async () => {
    const run = () => Promise.resolve({ ending: undefined, output: '' })
    const { paths } = await trimAll({ ...volumes(), driveType: async () => 3, run })
    expect(paths[0]).toEqual({ path: 'F:\\', error: 'defrag timed out' })
  })

  test('trimError() is the line with a code', () => {
    expect(trimError('a\r\nb (0x80070005)\r\nc (0x1)')).toBe('b (0x80070005)')
    expect(trimError('100% complete.')).toBeUndefined()
  })
})
