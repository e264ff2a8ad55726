// SPDX-License-Identifier: Apache-2.0
/** The local file systems that can be frozen, trimmed and told of: those on a block device. */
import * as fs from 'node:fs'
import { errorCode, strerror, systemError } from '../../src/errno.ts'
import { deviceNumbers } from './parse/device-number.ts'
import { type MountinfoLine, type MountLine, parseMountinfo, parseMounts } from './parse/mounts.ts'

/** A file system, by the first place where it is mounted. */
export interface Mount {
  readonly mountPoint: Buffer
  /** The same for people and for the wire; bytes that are no UTF-8 are U+FFFD. */
  readonly name: string
  readonly type: string
  readonly major: number
  readonly minor: number
  /** Where else it is mounted: bind mounts, other subvolumes, its device a second time. */
  readonly others: readonly Buffer[]
}

/** What is read of the system; tests bring their own. */
export interface MountSources {
  /** The content of a file; undefined when it cannot be opened. */
  read(path: string): Buffer | undefined
  /** What a device node says; throws as node:fs does. */
  stat(path: Buffer): Pick<fs.Stats, 'rdev' | 'isBlockDevice' | 'isDirectory'>
}

const SYSTEM: MountSources = { read: readIfThere, stat: (path) => fs.statSync(path) }

/**
 * The local file systems in the order of mounting.
 * @param account told of devices that cannot be looked at
 * @throws OsError when neither table of mounts can be read
 */
export function readMounts(
  account: (message: string) => void,
  sources: MountSources = SYSTEM,
): Mount[] {
  const mountinfo = sources.read('/proc/self/mountinfo')
  return mountinfo === undefined
    ? fromMounts(sources)
    : merged(parseMountinfo(mountinfo).flatMap((line) => onBlockDevice(line, account, sources)))
}

interface Located extends MountLine {
  readonly major: number
  readonly minor: number
}

/** btrfs has a device number of its own, of major 0: the block device is what it was mounted from. */
function onBlockDevice(
  line: MountinfoLine,
  account: (message: string) => void,
  { stat }: MountSources,
): Located[] {
  if (line.major !== 0) return [line]
  if (line.type !== 'btrfs') return []
  try {
    const device = stat(line.source)
    return device.isBlockDevice() ? [{ ...line, ...deviceNumbers(device.rdev) }] : []
  } catch (error) {
    const reason = strerror(errorCode(error) ?? 'EIO')
    account(`failed to stat device file '${line.source}': ${reason}`)
    return []
  }
}

/** Before mountinfo was there: only the device's node tells its number. */
function fromMounts({ read, stat }: MountSources): Mount[] {
  const mounts = read('/proc/self/mounts')
  if (mounts === undefined) {
    throw systemError(
      "failed to open mtab file: '/proc/self/mounts'",
      Object.assign(new Error(), { code: 'ENOENT' }),
    )
  }
  const located = parseMounts(mounts).flatMap((line): Located[] => {
    const isLocal = line.source[0] === SLASH && line.type !== 'smbfs' && line.type !== 'cifs'
    if (!isLocal) return []
    try {
      const device = stat(line.source)
      if (device.isDirectory()) return []
      return [{ ...line, ...(device.isBlockDevice() ? deviceNumbers(device.rdev) : NO_DEVICE) }]
    } catch {
      return [{ ...line, ...NO_DEVICE }]
    }
  })
  return merged(located)
}

const SLASH = 0x2f
const NO_DEVICE = { major: 0, minor: 0 } as const

/** One entry for each device, at the place of its first mount. */
function merged(lines: readonly Located[]): Mount[] {
  const mounts = new Map<string, Mount & { readonly others: Buffer[] }>()
  for (const { mountPoint, type, major, minor } of lines) {
    const key = `${major}:${minor}`
    const known = mounts.get(key)
    if (known !== undefined) known.others.push(mountPoint)
    else mounts.set(key, { mountPoint, name: String(mountPoint), type, major, minor, others: [] })
  }
  return [...mounts.values()]
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return fs.readFileSync(path)
  } catch {
    return undefined
  }
}
