// SPDX-License-Identifier: Apache-2.0
/**
 * What the path of a block device in sysfs tells of the hardware.
 *
 *     /sys/devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda/sda1
 *     /sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda
 *     /sys/devices/css0/0.0.0003/0.0.fe01/virtio1/block/vda
 *     /sys/devices/virtual/block/dm-0
 */

export interface PciFunction {
  /** The directory of the function, which has its driver. */
  readonly path: string
  readonly address: {
    readonly domain: number
    readonly bus: number
    readonly slot: number
    readonly function: number
  }
}

const FUNCTION = '/[0-9a-f]+:[0-9a-f]+:[0-9a-f]+\\.[0-9a-f]+(?=/|$)'
const PCI = new RegExp(`^(.*?/devices/pci[0-9a-f]+:[0-9a-f]+)((?:${FUNCTION})+)`, 'i')

/** The PCI functions on the way to the device, bridges first; none where the path does not start with one. */
export function pciFunctions(path: string): PciFunction[] {
  const [, root, functions] = PCI.exec(path) ?? []
  if (root === undefined || functions === undefined) return []
  let at = root
  return functions
    .slice(1)
    .split('/')
    .map((name) => {
      at += `/${name}`
      const [domain, bus, slot, fn] = hex(name)
      return { path: at, address: { domain, bus, slot, function: fn } }
    })
}

export interface ScsiPosition {
  readonly channel: number
  readonly target: number
  readonly lun: number
}

/** From `target2:0:1/2:0:1:4`: the numbers behind the host's. */
export function scsiPosition(path: string): ScsiPosition | undefined {
  const match = /\/target\d+:\d+:\d+\/\d+:(\d+):(\d+):(\d+)/.exec(path)
  if (match === null) return undefined
  const [channel, target, lun] = match.slice(1).map(Number) as [number, number, number]
  return { channel, target, lun }
}

export interface HostAdapter {
  /** The directory that has the adapter and its like. */
  readonly directory: string
  /** What they are called, before the number. */
  readonly kind: 'ata' | 'host'
  readonly number: number
}

/** `ata3`, or `host2` where there is no ATA. */
export function hostAdapter(path: string): HostAdapter | undefined {
  const kind = path.includes('/ata') ? 'ata' : 'host'
  const at = path.indexOf(`/${kind}`)
  const number = /^\d+/.exec(path.slice(at + 1 + kind.length))
  if (at < 0 || number === null) return undefined
  return { directory: path.slice(0, at), kind, number: Number(number[0]) }
}

export interface CcwAddress {
  readonly cssid: number
  readonly ssid: number
  readonly subchno: number
  readonly devno: number
}

/** The channel subsystem of a mainframe: subchannel, then the device on it. */
export function ccwAddress(path: string): CcwAddress | undefined {
  const match =
    /\/devices\/css[0-9a-f]+\/([0-9a-f]+\.[0-9a-f]+\.[0-9a-f]+)\/[0-9a-f]+\.[0-9a-f]+\.([0-9a-f]+)\//i.exec(
      path,
    )
  if (match === null) return undefined
  const [cssid, ssid, subchno] = hex(match[1] as string)
  return { cssid, ssid, subchno, devno: Number.parseInt(match[2] as string, 16) }
}

/** Made by the kernel of other devices, or of nothing. */
export function isVirtualBlock(path: string): boolean {
  return path.includes('/devices/virtual/block/')
}

/** On a file, and so on no device: snaps and images make them by the dozen. */
export function isLoop(path: string): boolean {
  return path.includes('/devices/virtual/block/loop')
}

/** A virtio disk, on whatever bus. */
export function isVirtioBlock(path: string): boolean {
  return path.includes('/virtio') && path.includes('/block')
}

function hex(name: string): [number, number, number, number] {
  const numbers = name.split(/[:.]/).map((part) => Number.parseInt(part, 16))
  return numbers as [number, number, number, number]
}
