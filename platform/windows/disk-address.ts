// SPDX-License-Identifier: Apache-2.0
/** Where a disk hangs: its bus, its place on it, and the PCI controller above. */
import { deviceId, deviceProperty, parentDevice } from '../../native/cfgmgr32.ts'
import { askDevice } from '../../native/kernel32-volume.ts'
import { type DeviceInstance, diskInterfaces } from '../../native/setupapi.ts'
import { Win32Error } from '../../native/win32-error.ts'
import type { DiskAddress } from '../../src/schema/storage.ts'
import { parseUint32 } from './parse/device-properties.ts'
import {
  DEVICE_DESCRIPTOR,
  DEVICE_NUMBER,
  descriptorSize,
  parseDeviceDescriptor,
  parseDeviceNumber,
  parseScsiAddress,
  SCSI_ADDRESS,
} from './parse/storage.ts'

/** IOCTL_STORAGE_QUERY_PROPERTY with StorageDeviceProperty, IOCTL_STORAGE_GET_DEVICE_NUMBER, IOCTL_SCSI_GET_ADDRESS. */
const QUERY_PROPERTY = 0x2d1400
const GET_DEVICE_NUMBER = 0x2d1080
const SCSI_GET_ADDRESS = 0x41018
const STORAGE_PROPERTY_QUERY_BYTES = 12
/** The longest descriptor that is believed. */
const DESCRIPTOR_MAX = 64 * 1024
/** From a disk to its controller there are three or four; a circle would have no end. */
const ANCESTORS_MAX = 16

const NO_CONTROLLER = { domain: -1, bus: -1, slot: -1, function: -1 } as const
const WITH_SCSI_ADDRESS: ReadonlySet<DiskAddress['bus-type']> = new Set([
  'scsi',
  'ide',
  'raid',
  'sas',
])

/** The disks as the system tells of them; tests bring their own. */
export const DISKS = { diskInterfaces, askDevice, deviceProperty, parentDevice, deviceId }
export type Disks = typeof DISKS

export interface Disk {
  readonly number: number
  readonly instance: DeviceInstance
}

export function deviceName(number: number): string {
  return `\\\\.\\PhysicalDrive${number}`
}

/** All disks that answer; one that does not is left out, and hides no other. */
export async function enumerateDisks(disks: Disks): Promise<Disk[]> {
  const found: Disk[] = []
  for (const { path, instance } of await disks.diskInterfaces()) {
    const question = { code: GET_DEVICE_NUMBER, outputBytes: DEVICE_NUMBER.bytes }
    const bytes = await answerOf(disks, path, question)
    if (bytes !== undefined) found.push({ number: parseDeviceNumber(bytes), instance })
  }
  return found
}

/**
 * @param dev a disk, or a volume that is on none
 * @throws Win32Error when it cannot be asked
 */
export async function addressOf(
  disks: Disks,
  dev: string,
  instance: DeviceInstance | undefined,
): Promise<DiskAddress> {
  const { busType, serial } = parseDeviceDescriptor(await descriptor(disks, dev))
  // A USB stick is not told apart by the controller that it happens to be in.
  const controller =
    busType === 'usb' || instance === undefined ? NO_CONTROLLER : await pciOf(disks, instance)
  const scsi = WITH_SCSI_ADDRESS.has(busType)
    ? await answerOf(disks, dev, { code: SCSI_GET_ADDRESS, outputBytes: SCSI_ADDRESS.bytes })
    : undefined
  return {
    'pci-controller': controller,
    'bus-type': busType,
    ...(scsi === undefined ? { bus: 0, target: 0, unit: 0 } : parseScsiAddress(scsi)),
    ...(serial !== undefined && { serial }),
    dev,
  }
}

async function descriptor(disks: Disks, dev: string): Promise<Buffer> {
  const input = Buffer.alloc(STORAGE_PROPERTY_QUERY_BYTES)
  const ask = (outputBytes: number) =>
    disks.askDevice(dev, { code: QUERY_PROPERTY, input, outputBytes })
  const { bytes: head } = await ask(DEVICE_DESCRIPTOR.bytes)
  const size = Math.min(descriptorSize(head), DESCRIPTOR_MAX)
  return size > head.length ? (await ask(size)).bytes : head
}

/** The nearest device above that is on a PCI bus: an IDE disk hangs on a channel, and only that on the controller. */
async function pciOf(
  disks: Disks,
  instance: DeviceInstance,
): Promise<DiskAddress['pci-controller']> {
  let above = await disks.parentDevice(instance)
  for (let i = 0; above !== undefined && i < ANCESTORS_MAX; i++) {
    if ((await disks.deviceId(above))?.toUpperCase().startsWith('PCI\\')) {
      const bus = parseUint32(await disks.deviceProperty(above, 'busNumber'))
      const address = parseUint32(await disks.deviceProperty(above, 'address'))
      if (bus === undefined || address === undefined) return NO_CONTROLLER
      // PCI_SLOT_NUMBER as a bus driver reports it: the device in the upper half.
      return { domain: 0, bus, slot: address >>> 16, function: address & 0xffff }
    }
    above = await disks.parentDevice(above)
  }
  return NO_CONTROLLER
}

/** Undefined when the device does not answer. */
async function answerOf(
  disks: Disks,
  path: string,
  question: { readonly code: number; readonly outputBytes: number },
): Promise<Buffer | undefined> {
  try {
    return (await disks.askDevice(path, question)).bytes
  } catch (error) {
    if (error instanceof Win32Error) return undefined
    throw error
  }
}
