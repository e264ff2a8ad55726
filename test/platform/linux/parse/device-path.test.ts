// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import {
  ccwAddress,
  hostAdapter,
  isLoop,
  isVirtioBlock,
  isVirtualBlock,
  pciFunctions,
  scsiPosition,
} from '../../../../platform/linux/parse/device-path.ts'

const SATA = '/sys/devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda/sda1'
const BRIDGED = '/sys/devices/pci0000:00/0000:00:1e.0/0000:01:0a.7/virtio1/block/vda'
const ARM = '/sys/devices/platform/4010000000.pcie/pci0000:00/0000:00:01.0/virtio0/block/vda'
const CCW = '/sys/devices/css0/0.0.0003/0.0.fe01/virtio1/block/vda'

describe('pciFunctions()', () => {
  test('has bridges first', () => {
    expect(pciFunctions(BRIDGED)).toEqual([
      {
        path: '/sys/devices/pci0000:00/0000:00:1e.0',
        address: { domain: 0, bus: 0, slot: 0x1e, function: 0 },
      },
      {
        path: '/sys/devices/pci0000:00/0000:00:1e.0/0000:01:0a.7',
        address: { domain: 0, bus: 1, slot: 10, function: 7 },
      },
    ])
  })

  test('reads domains of more than 16 bits', () => {
    const path = '/sys/devices/pci10000:e0/10000:e0:1c.0/nvme/nvme0/nvme0n1'
    expect(pciFunctions(path)[0]?.address.domain).toBe(65536)
  })

  test.each([ARM, CCW, '/sys/devices/pci0000:00', '/sys/devices/pci0000:00/QEMU0002:00/x'])(
    'finds none in %s',
    (path) => {
      expect(pciFunctions(path)).toEqual([])
    },
  )
})

describe('scsiPosition()', () => {
  test('is channel, target and unit', () => {
    const path = '/sys/devices/x/host2/target2:1:3/2:1:3:16384/block/sdb'
    expect(scsiPosition(path)).toEqual({ channel: 1, target: 3, lun: 16384 })
  })

  test('is unknown elsewhere', () => {
    expect(scsiPosition(BRIDGED)).toBeUndefined()
  })
})

describe('hostAdapter()', () => {
  test('is the ATA port where there is one', () => {
    const directory = '/sys/devices/pci0000:00/0000:00:1f.2'
    expect(hostAdapter(SATA)).toEqual({ directory, kind: 'ata', number: 3 })
  })

  test('is the SCSI host elsewhere', () => {
    const directory = '/sys/devices/pci0000:00/0000:00:05.0'
    const path = `${directory}/host12/target12:0:0/12:0:0:0/block/sda`
    expect(hostAdapter(path)).toEqual({ directory, kind: 'host', number: 12 })
  })

  test.each([BRIDGED, '/sys/devices/x/ata_port/y'])('is unknown in %s', (path) => {
    expect(hostAdapter(path)).toBeUndefined()
  })
})

test('ccwAddress() is of the subchannel and the device on it', () => {
  expect(ccwAddress(CCW)).toEqual({ cssid: 0, ssid: 0, subchno: 3, devno: 65025 })
  expect(ccwAddress('/sys/devices/css0/0.0.0003')).toBeUndefined()
})

test('a virtual device is one below /devices/virtual/block', () => {
  expect(isVirtualBlock('/sys/devices/virtual/block/dm-0')).toBe(true)
  expect(isVirtualBlock('/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1')).toBe(false)
})

test('a loop device is a virtual one of that name', () => {
  expect(isLoop('/sys/devices/virtual/block/loop7')).toBe(true)
  expect(isLoop('/sys/devices/virtual/block/loop7/loop7p1')).toBe(true)
  expect(isLoop('/sys/devices/virtual/block/dm-7')).toBe(false)
})

test('a virtio disk is one on any bus', () => {
  expect([ARM, CCW, BRIDGED].map(isVirtioBlock)).toEqual([true, true, true])
  expect(isVirtioBlock(SATA)).toBe(false)
})
