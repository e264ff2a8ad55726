// SPDX-License-Identifier: Apache-2.0
import { deviceProperty } from '../../native/cfgmgr32.ts'
import { type DeviceInstance, presentDevices } from '../../native/setupapi.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/devices.ts'
import {
  parseFileTime,
  parseHardwareIds,
  parseString,
  parseStrings,
} from './parse/device-properties.ts'
import { nanoseconds } from './parse/file-time.ts'

/** The device tree; tests bring their own. */
const DEVICE_TREE = { presentDevices, deviceProperty }

export function createDeviceHandlers(tree = DEVICE_TREE): Handlers<typeof schema, 'windows'> {
  /** What QEMU has made; undefined for all others. */
  async function describe(instance: DeviceInstance) {
    const hardwareIds = await tree.deviceProperty(instance, 'hardwareIds')
    const id = hardwareIds && parseHardwareIds(parseStrings(hardwareIds))
    if (id === undefined) return undefined
    const name = await tree.deviceProperty(instance, 'name')
    if (name === undefined) return undefined
    const version = await tree.deviceProperty(instance, 'driverVersion')
    const date = parseFileTime(await tree.deviceProperty(instance, 'driverDate'))
    return {
      'driver-name': parseString(name),
      // One that Windows runs without a driver of its own has neither.
      ...(date !== undefined && { 'driver-date': nanoseconds(date) }),
      ...(version !== undefined && { 'driver-version': parseString(version) }),
      id: { type: 'pci' as const, ...id },
    }
  }

  return {
    'guest-get-devices': async () => {
      const found = []
      for (const instance of await tree.presentDevices()) {
        const device = await describe(instance)
        if (device !== undefined) found.push(device)
      }
      return found
    },
  }
}
