// SPDX-License-Identifier: Apache-2.0
/** A device tree that is made up. */
import { expect, test } from 'bun:test'
import type { DeviceProperty } from '../../../native/cfgmgr32.ts'
import type { DeviceInstance } from '../../../native/setupapi.ts'
import { createDeviceHandlers } from '../../../platform/windows/devices.ts'
import { wide } from './struct.ts'

const DATE = Buffer.alloc(8)
DATE.writeBigUInt64LE(132_539_328_000_000_000n)

type Properties = Partial<Record<DeviceProperty, Buffer>>

function devices(found: readonly Properties[]) {
  const tree = {
    presentDevices: async () => found.map((_, i) => i as DeviceInstance),
    deviceProperty: async (instance: DeviceInstance, name: DeviceProperty) =>
      found[instance as number]?.[name],
  }
  return createDeviceHandlers(tree)['guest-get-devices']({})
}

const balloon: Properties = {
  hardwareIds: wide('PCI\\VEN_1AF4&DEV_10FC&SUBSYS_00051AF4&REV_00', ''),
  name: wide('VirtIO Ballon\u00fc'),
  driverVersion: wide('100.90.104.21700'),
  driverDate: DATE,
}

test('numbers of devices have all hexadecimal digits', async () => {
  expect(await devices([balloon])).toEqual([
    {
      'driver-name': 'VirtIO Ballon\u00fc',
      'driver-date': 1_609_459_200_000_000_000n,
      'driver-version': '100.90.104.21700',
      id: { type: 'pci', 'vendor-id': 0x1af4, 'device-id': 0x10fc },
    },
  ])
})

test('a device without version and date of a driver is told', async () => {
  const { driverVersion: _, driverDate: __, ...rest } = balloon
  expect(await devices([rest])).toEqual([
    { 'driver-name': 'VirtIO Ballon\u00fc', id: expect.anything() },
  ])
})

test('other vendors are left out', async () => {
  const other = { ...balloon, hardwareIds: wide('PCI\\VEN_8086&DEV_7010', '') }
  expect(await devices([other, balloon])).toHaveLength(1)
})
