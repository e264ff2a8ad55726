// SPDX-License-Identifier: Apache-2.0
/** Hardware that the captured machine does not have; the paths are the kernel's. */
import { describe, expect, test } from 'bun:test'
import { disksBelow } from '../../../platform/linux/disk-address.ts'
import { diskAt, sourcesOf } from '../../harness/device-tree.ts'

const NO_PCI = { domain: -1, bus: -1, slot: -1, function: -1 }
const NOWHERE = {
  'pci-controller': NO_PCI,
  'bus-type': 'unknown',
  bus: 0,
  target: 0,
  unit: 0,
} as const

function addresses(path: string, more?: Parameters<typeof diskAt>[1]) {
  return disksBelow(path, sourcesOf(diskAt(path, more)))
}

/** A disk on an AHCI controller whose ports start at this number. */
function sata(port: number, ports: readonly number[]) {
  const controller = '/sys/devices/pci0000:00/0000:00:1f.2'
  const host = port - 1
  return addresses(
    `${controller}/ata${port}/host${host}/target${host}:0:0/${host}:0:0:0/block/sda`,
    {
      links: { [`${controller}/driver`]: '../../../bus/pci/drivers/ahci' },
      siblings: { [controller]: ['power', ...ports.map((number) => `ata${number}`), 'driver'] },
    },
  )
}

describe('disksBelow()', () => {
  test('a disk on the channel subsystem of a mainframe has its address', () => {
    const path = '/sys/devices/css0/0.0.0003/0.0.fe01/virtio1/block/vda'
    expect(addresses(path)).toEqual([
      {
        ...NOWHERE,
        'bus-type': 'virtio',
        dev: '/dev/vda',
        'ccw-address': { cssid: 0, ssid: 0, subchno: 3, devno: 65025 },
      },
    ])
  })

  test('a SCSI disk there too, with its position', () => {
    const disk = 'host0/target0:1:2/0:1:2:3/block/sda'
    expect(addresses(`/sys/devices/css0/0.1.00a4/0.1.0004/virtio3/${disk}`)).toEqual([
      {
        ...NOWHERE,
        'bus-type': 'scsi',
        bus: 1,
        target: 2,
        unit: 3,
        dev: '/dev/sda',
        'ccw-address': { cssid: 0, ssid: 1, subchno: 0xa4, devno: 4 },
      },
    ])
  })

  test('a DASD has an address and no bus', () => {
    expect(addresses('/sys/devices/css0/0.0.0001/0.0.0200/block/dasda')).toMatchObject([
      { 'bus-type': 'unknown', 'ccw-address': { cssid: 0, ssid: 0, subchno: 1, devno: 512 } },
    ])
  })

  test.each([
    '/sys/devices/platform/a003e00.virtio_mmio/virtio0/block/vda',
    '/sys/devices/platform/4010000000.pcie/pci0000:00/0000:00:01.0/virtio0/block/vda',
  ])('virtio is known wherever it is: %s', (path) => {
    expect(addresses(path)).toEqual([{ ...NOWHERE, 'bus-type': 'virtio', dev: '/dev/vda' }])
  })

  test.each([
    '/sys/devices/vbd-51712/block/xvda',
    '/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1',
    '/sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0',
  ])('one that nothing is known of has its node: %s', (path) => {
    const dev = `/dev/${path.slice(path.lastIndexOf('/') + 1)}`
    expect(addresses(path)).toEqual([{ ...NOWHERE, dev }])
  })

  test('one without as much as a node is none', () => {
    const path = '/sys/devices/vbd-51712/block/xvda'
    expect(disksBelow(path, sourcesOf({ links: {}, files: {}, directories: {} }))).toEqual([])
  })

  test('a node in a directory has a slash in its name', () => {
    const path = '/sys/devices/pci0000:00/0000:00:05.0/cciss0/c0d0/block/cciss!c0d0'
    const files = { [`${path}/uevent`]: 'MAJOR=104\nMINOR=0\nDEVNAME=cciss/c0d0\n' }
    const disks = disksBelow(path, sourcesOf({ links: {}, files, directories: {} }))
    expect(disks).toEqual([{ ...NOWHERE, dev: '/dev/cciss/c0d0' }])
  })

  test('a serial number that is empty is none', () => {
    const path = '/sys/devices/vbd-51712/block/xvda'
    expect(addresses(path, { udev: 'E:ID_SERIAL=\n' })[0]).not.toHaveProperty('serial')
    expect(addresses(path, { udev: 'E:ID_SERIAL=x\n' })[0]).toHaveProperty('serial', 'x')
  })

  test('domains have up to 32 bits', () => {
    const controller = '/sys/devices/pci10000:e0/10000:e0:1c.0'
    const links = { [`${controller}/driver`]: '../../../../bus/pci/drivers/nvme' }
    expect(addresses(`${controller}/nvme/nvme0/nvme0n1`, { links })).toMatchObject([
      { 'pci-controller': { domain: 65536, bus: 0xe0, slot: 0x1c, function: 0 } },
    ])
  })

  test('a port counts by its place, also behind the eighth and behind gaps', () => {
    const ports = [12, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    expect(sata(3, ports)).toMatchObject([{ 'bus-type': 'sata', unit: 0 }])
    expect(sata(12, ports)).toMatchObject([{ 'bus-type': 'sata', unit: 9 }])
    expect(sata(7, [7, 2])).toMatchObject([{ 'bus-type': 'sata', unit: 1 }])
  })

  test('a disk whose port has gone meanwhile is at its controller', () => {
    const pci = { domain: 0, bus: 0, slot: 0x1f, function: 2 }
    expect(sata(3, [])).toEqual([{ ...NOWHERE, 'pci-controller': pci, dev: '/dev/sda' }])
  })
})
