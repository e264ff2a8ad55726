// SPDX-License-Identifier: Apache-2.0
/** Where in the (virtual) machine a disk sits: hosts find their own disks in the guest by this. */
import type { DiskAddress } from '../../src/schema/storage.ts'
import { type DeviceSources, orNothing, readBlockDevice, slaves } from './devices.ts'
import {
  ccwAddress,
  hostAdapter,
  isLoop,
  isVirtioBlock,
  isVirtualBlock,
  type PciFunction,
  pciFunctions,
  scsiPosition,
} from './parse/device-path.ts'

/**
 * The hardware below a block device: itself, or the disks that it is made of, through all levels;
 * the one that was found last comes first.
 * @param path the device's directory
 */
export function disksBelow(path: string, sources: DeviceSources): DiskAddress[] {
  if (!isVirtualBlock(path)) return diskAddress(path, sources)
  if (isLoop(path)) return []
  const below = slaves(path, sources) ?? []
  return below.reverse().flatMap((slave) => disksBelow(slave, sources))
}

/** A hardware address as far as the path tells it; what it leaves out is unknown. */
type Location = Partial<
  Pick<DiskAddress, 'pci-controller' | 'bus-type' | 'bus' | 'target' | 'unit' | 'ccw-address'>
>

const NO_PCI = { domain: -1, bus: -1, slot: -1, function: -1 } as const
/** Nothing that a host could recognise. */
const NOWHERE: DiskAddress = {
  'pci-controller': NO_PCI,
  'bus-type': 'unknown',
  bus: 0,
  target: 0,
  unit: 0,
}

/** No address, or one. */
function diskAddress(path: string, sources: DeviceSources): [] | [DiskAddress] {
  const { node, properties } = readBlockDevice(path, sources)
  const serial = properties.get('ID_SERIAL')
  const { location, isKnown } = locate(path, sources)
  if (!isKnown && node === undefined && !serial) return []
  const { 'ccw-address': ccw, ...position } = location
  return [
    {
      ...NOWHERE,
      ...position,
      ...(serial && { serial }),
      ...(node !== undefined && { dev: node }),
      ...(ccw && { 'ccw-address': ccw }),
    },
  ]
}

interface Located {
  readonly location: Location
  /** False when the path leads no further than to a controller, or nowhere. */
  readonly isKnown: boolean
}

const UNKNOWN: Located = { location: {}, isKnown: false }

function locate(path: string, sources: DeviceSources): Located {
  if (path.includes('/devices/pci')) return locatePci(path, sources)
  if (path.includes('/devices/css')) return locateCcw(path)
  return isVirtioBlock(path) ? known(virtioPosition(path)) : UNKNOWN
}

function known(location: Location): Located {
  return { location, isKnown: true }
}

function locateCcw(path: string): Located {
  const ccw = ccwAddress(path)
  if (ccw === undefined) return UNKNOWN
  return known({ ...(isVirtioBlock(path) && virtioPosition(path)), 'ccw-address': ccw })
}

/** virtio that is not on PCI. */
function virtioPosition(path: string): Location {
  const scsi = scsiPosition(path)
  if (scsi === undefined) return { 'bus-type': 'virtio' }
  return { 'bus-type': 'scsi', bus: scsi.channel, target: scsi.target, unit: scsi.lun }
}

/** Where a disk sits behind a PCI function with this driver; undefined when the path does not tell. */
type Locate = (path: string, sources: DeviceSources) => Location | undefined

const DRIVERS: ReadonlyMap<string, Locate> = new Map<string, Locate>([
  [
    'ata_piix',
    (path, sources) => {
      const [scsi, bus] = [scsiPosition(path), hostIndex(path, sources)]
      if (scsi === undefined || bus === undefined) return undefined
      return { 'bus-type': 'ide', bus, unit: scsi.target }
    },
  ],
  [
    'sym53c8xx',
    (path) => {
      const scsi = scsiPosition(path)
      return scsi && { 'bus-type': 'scsi', unit: scsi.target }
    },
  ],
  [
    'virtio-pci',
    (path) => {
      const scsi = scsiPosition(path)
      return scsi ? { 'bus-type': 'scsi', unit: scsi.lun } : { 'bus-type': 'virtio' }
    },
  ],
  [
    'ahci',
    (path, sources) => {
      const [scsi, unit] = [scsiPosition(path), hostIndex(path, sources)]
      if (scsi === undefined || unit === undefined) return undefined
      return { 'bus-type': 'sata', unit }
    },
  ],
  ['nvme', () => ({ 'bus-type': 'nvme' })],
  ['ehci-pci', () => ({ 'bus-type': 'usb' })],
  ['xhci_hcd', () => ({ 'bus-type': 'usb' })],
])

/** The first function on the way, bridges passed over, that has a driver we know. */
function locatePci(path: string, sources: DeviceSources): Located {
  for (const { path: directory, address } of pciFunctions(path)) {
    const locateBehind = DRIVERS.get(driverOf(directory, sources) ?? '')
    if (locateBehind === undefined) continue
    const position = locateBehind(path, sources)
    return { location: { 'pci-controller': address, ...position }, isKnown: position !== undefined }
  }
  return UNKNOWN
}

function driverOf(directory: PciFunction['path'], { link }: DeviceSources): string | undefined {
  const driver = orNothing(() => link(`${directory}/driver`))
  return driver?.slice(driver.lastIndexOf('/') + 1)
}

/** The place of the disk's adapter among those of its controller, by number. */
function hostIndex(path: string, sources: DeviceSources): number | undefined {
  const host = hostAdapter(path)
  if (host === undefined) return undefined
  const pattern = new RegExp(`^${host.kind}(\\d+)`)
  const names = orNothing(() => sources.names(host.directory)) ?? []
  const numbers = names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number)
  const index = numbers.sort((a, b) => a - b).indexOf(host.number)
  return index < 0 ? undefined : index
}
