// SPDX-License-Identifier: Apache-2.0
/** `-m virtio-serial` and `-m isa-serial`: character devices of which the host holds the other end. */
import * as fs from 'node:fs'
import { openDevice, readNow, writeNow } from '../../native/device.ts'
import { makeRaw } from '../../native/termios.ts'
import type { Session } from '../../src/agent/channel.ts'
import { untilNewDevice } from './device-watch.ts'
import { type Changed, watchEdges } from './edges.ts'
import { type Line, Port } from './port.ts'

const PORTS = '/dev/virtio-ports/'
const PORT_CLASS = '/sys/class/virtio-ports'
/** Seconds between attempts to open a device that has gone; the last repeats. */
const REOPEN_SECONDS = [0.1, 1, 2, 5] as const

/**
 * Opens the device and serves on it until the process ends; when it goes, waits for it to come back.
 * @throws OsError in upstream's words
 */
export function openVirtioSerial(path: string, session: Session): void {
  serve(session, true, (changed) => openLine(path, findPort(path), changed))
}

/** The same for a serial line, whose host is neither seen to come nor to go. */
export function openIsaSerial(path: string, session: Session): void {
  serve(session, false, (changed) => openLine(path, path, changed, makeRaw))
}

function serve(session: Session, isEndAbsence: boolean, open: (changed: Changed) => Line): void {
  new Port(session, {
    open,
    isEndAbsence,
    appeared: (tries) => untilNewDevice((REOPEN_SECONDS[tries] ?? 5) * 1000),
  })
}

function openLine(
  path: string,
  node: string,
  changed: Changed,
  prepare: (fd: number) => void = () => {},
): Line {
  const action = `error opening channel '${path}'`
  const fd = openDevice(action, node)
  let unwatch: () => void
  try {
    prepare(fd)
    unwatch = watchEdges(action, fd, changed)
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
  return {
    read: (into) => readNow(fd, into),
    write: (bytes) => writeNow(fd, bytes),
    close: () => {
      unwatch()
      fs.closeSync(fd)
    },
  }
}

/** The node of a port: the path, or without udev's link what the kernel calls it. */
function findPort(path: string): string {
  if (!path.startsWith(PORTS) || fs.existsSync(path)) return path
  return portNamed(path.slice(PORTS.length)) ?? path
}

/** @param folder of the ports, each with its name in a file */
export function portNamed(name: string, folder = PORT_CLASS): string | undefined {
  let ports: string[]
  try {
    ports = fs.readdirSync(folder)
  } catch {
    return undefined
  }
  const port = ports.find((port) => {
    try {
      return fs.readFileSync(`${folder}/${port}/name`, 'utf8').trimEnd() === name
    } catch {
      // Console ports have no name.
      return false
    }
  })
  return port && `/dev/${port}`
}
