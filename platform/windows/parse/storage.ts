// SPDX-License-Identifier: Apache-2.0
/** What disks and volumes answer to the storage IOCTLs. */
import type { DiskAddress } from '../../../src/schema/storage.ts'

type BusType = DiskAddress['bus-type']

/** STORAGE_BUS_TYPE → the contract's name for it, by number. */
const BUS_TYPES: readonly BusType[] = [
  'unknown',
  'scsi',
  'ide',
  'ide',
  'ieee1394',
  'ssa',
  'fibre',
  'usb',
  'raid',
  'iscsi',
  'sas',
  'sata',
  'sd',
  'mmc',
  'virtual',
  'file-backed-virtual',
  'unknown',
  'nvme',
]

/** STORAGE_DEVICE_DESCRIPTOR: 32-bit numbers; offsets count from its beginning, 0 means there is none. */
export const DEVICE_DESCRIPTOR = { bytes: 40, size: 4, serialOffset: 24, busType: 28 } as const

/** The size that the whole descriptor has, of an answer that may be only its beginning. */
export function descriptorSize(bytes: Buffer): number {
  return bytes.readUInt32LE(DEVICE_DESCRIPTOR.size)
}

export interface DeviceDescriptor {
  readonly busType: BusType
  /** As the disk gives it, its padding included. */
  readonly serial?: string
}

export function parseDeviceDescriptor(bytes: Buffer): DeviceDescriptor {
  const busType = BUS_TYPES[bytes.readUInt32LE(DEVICE_DESCRIPTOR.busType)] ?? 'unknown'
  const start = bytes.readUInt32LE(DEVICE_DESCRIPTOR.serialOffset)
  // Some drivers say -1 for none.
  if (start === 0 || start >= bytes.length) return { busType }
  const end = bytes.indexOf(0, start)
  const serial = bytes.toString('latin1', start, end < 0 ? bytes.length : end)
  return serial === '' ? { busType } : { busType, serial }
}

/** STORAGE_DEVICE_NUMBER: the 5 of `\\.\PhysicalDrive5`. */
export const DEVICE_NUMBER = { bytes: 12, number: 4 } as const

export function parseDeviceNumber(bytes: Buffer): number {
  return bytes.readUInt32LE(DEVICE_NUMBER.number)
}

/** SCSI_ADDRESS, a byte each. */
export const SCSI_ADDRESS = { bytes: 8, path: 5, target: 6, lun: 7 } as const

export function parseScsiAddress(bytes: Buffer) {
  return {
    bus: bytes[SCSI_ADDRESS.path] ?? 0,
    target: bytes[SCSI_ADDRESS.target] ?? 0,
    unit: bytes[SCSI_ADDRESS.lun] ?? 0,
  }
}

/** VOLUME_DISK_EXTENTS: a count, and as many DISK_EXTENT; a disk that holds two parts of the volume is there twice. */
export const DISK_EXTENTS = { first: 8, bytes: 24 } as const

/** How many bytes the whole answer has, of which this may be only the beginning. */
export function extentsSize(bytes: Buffer): number {
  return DISK_EXTENTS.first + DISK_EXTENTS.bytes * bytes.readUInt32LE(0)
}

/** The numbers of the disks, each once. */
export function parseExtents(bytes: Buffer): number[] {
  const count = bytes.readUInt32LE(0)
  const there = Math.floor((bytes.length - DISK_EXTENTS.first) / DISK_EXTENTS.bytes)
  const numbers = Array.from({ length: Math.min(count, there) }, (_, i) =>
    bytes.readUInt32LE(DISK_EXTENTS.first + DISK_EXTENTS.bytes * i),
  )
  return [...new Set(numbers)]
}
