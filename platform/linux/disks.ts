// SPDX-License-Identifier: Apache-2.0
/** The disks of /sys/block and their partitions. */
import { attempt } from '../../src/errno.ts'
import type { DiskInfo, DiskSmart } from '../../src/schema/storage.ts'
import {
  type BlockDevice,
  type DeviceSources,
  devicePath,
  orNothing,
  readBlockDevice,
  slaveNodes,
} from './devices.ts'
import { disksBelow } from './disk-address.ts'
import { isVirtualBlock } from './parse/device-path.ts'

/** @param node of an NVMe disk */
export type ReadSmart = (node: string) => Promise<DiskSmart | undefined>

const DISKS = '/sys/block'

/**
 * Disks with something in them, in the reverse of the directory's order, partitions before their disk.
 * @throws OsError when there is no directory of disks
 */
export async function readDisks(sources: DeviceSources, readSmart: ReadSmart): Promise<DiskInfo[]> {
  const names = attempt(`Can't open directory "${DISKS}"`, () => sources.names(DISKS))
  const disks = names.flatMap((name) => diskAndPartitions(name, sources)).reverse()
  return Promise.all(disks.map((disk) => withSmart(disk, readSmart)))
}

function diskAndPartitions(name: string, sources: DeviceSources): DiskInfo[] {
  const size = orNothing(() => sources.text(`${DISKS}/${name}/size`))
  if (size === undefined || size === '0\n') return []
  const path = devicePath(`${DISKS}/${name}`, sources)
  if (path === undefined) return []
  const { node, properties } = readBlockDevice(path, sources)
  if (node === undefined) return []
  return [disk(path, node, properties, sources), ...partitions(path, name, node, sources)]
}

function disk(
  path: string,
  node: string,
  properties: BlockDevice['properties'],
  sources: DeviceSources,
): DiskInfo {
  const dependencies = slaveNodes(path, sources)?.reverse()
  const address = isVirtualBlock(path) ? undefined : disksBelow(path, sources)[0]
  const alias = properties.get('DM_NAME')
  return {
    name: node,
    partition: false,
    ...(dependencies && { dependencies }),
    ...(address && { address }),
    ...(alias && { alias }),
  }
}

/** `sda1` of `sda`, `nvme0n1p1` of `nvme0n1`. */
function partitions(path: string, name: string, disk: string, sources: DeviceSources): DiskInfo[] {
  const names = orNothing(() => sources.names(path)) ?? []
  const isPartition = (entry: string) =>
    entry.startsWith(name) && /^p?\d/.test(entry.slice(name.length))
  return names.filter(isPartition).flatMap((entry): DiskInfo[] => {
    const { node } = readBlockDevice(`${path}/${entry}`, sources)
    return node === undefined ? [] : [{ name: node, partition: true, dependencies: [disk] }]
  })
}

async function withSmart(disk: DiskInfo, readSmart: ReadSmart): Promise<DiskInfo> {
  if (disk.address?.['bus-type'] !== 'nvme') return disk
  const smart = await readSmart(disk.name)
  return smart ? { ...disk, smart } : disk
}
