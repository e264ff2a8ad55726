// SPDX-License-Identifier: Apache-2.0
/** Block devices as sysfs and the database of udev know them. No daemon and no library is needed. */
import * as fs from 'node:fs'
import { posix } from 'node:path'
import { parseUdevDatabase, parseUevent } from './parse/udev-database.ts'

/** What is read of the system; each throws as node:fs does. Tests bring their own. */
export interface DeviceSources {
  /** Where a symbolic link leads. */
  link(path: string): string
  /** What a directory has in it, in its own order. */
  names(path: string): string[]
  text(path: string): string
}

export const SYSTEM_DEVICES: DeviceSources = {
  link: (path) => fs.readlinkSync(path),
  names: (path) => fs.readdirSync(path),
  text: (path) => fs.readFileSync(path, 'utf8'),
}

/** The device's directory that an entry of /sys/block, /sys/dev/block or `slaves` leads to. */
export function devicePath(entry: string, { link }: DeviceSources): string | undefined {
  // Such a link leads to the directory itself, through no others.
  const to = orNothing(() => link(entry))
  return to === undefined ? undefined : posix.resolve(posix.dirname(entry), to)
}

export interface BlockDevice {
  /** Its node in /dev. */
  readonly node: string | undefined
  readonly properties: ReadonlyMap<string, string>
}

const NO_PROPERTIES: ReadonlyMap<string, string> = new Map()

/** @param path the device's directory */
export function readBlockDevice(path: string, { text }: DeviceSources): BlockDevice {
  const uevent = orNothing(() => text(`${path}/uevent`))
  if (uevent === undefined) return { node: undefined, properties: NO_PROPERTIES }
  const kernel = parseUevent(uevent)
  const name = kernel.get('DEVNAME')
  const numbers = `${kernel.get('MAJOR')}:${kernel.get('MINOR')}`
  const database = orNothing(() => text(`/run/udev/data/b${numbers}`))
  return {
    node: name && posix.resolve('/dev', name),
    properties: database === undefined ? NO_PROPERTIES : parseUdevDatabase(database),
  }
}

/** The nodes of the devices that this one is made of; undefined when it cannot have any. */
export function slaveNodes(path: string, sources: DeviceSources): string[] | undefined {
  return slaves(path, sources)?.flatMap((slave) => readBlockDevice(slave, sources).node ?? [])
}

/** The directories of the devices that this one is made of. */
export function slaves(path: string, sources: DeviceSources): string[] | undefined {
  const names = orNothing(() => sources.names(`${path}/slaves`))
  return names?.flatMap((name) => devicePath(`${path}/slaves/${name}`, sources) ?? [])
}

/** What is not there, or is gone by the time that it is read, is nothing to fail for. */
export function orNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
