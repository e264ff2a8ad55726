// SPDX-License-Identifier: Apache-2.0
/** A sysfs of the test's own, and what udev wrote beside it. */
import type { DeviceSources } from '../../platform/linux/devices.ts'

export interface DeviceTree {
  readonly links: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  /** What is in directories; those of links and files need not be named when nobody lists them. */
  readonly directories: Readonly<Record<string, readonly string[]>>
}

export function sourcesOf(tree: DeviceTree): DeviceSources {
  return {
    link: (path) => found(tree.links, path),
    text: (path) => found(tree.files, path),
    names: (path) => [...found(tree.directories, path)],
  }
}

function found<T>(things: Readonly<Record<string, T>>, path: string): T {
  const thing = things[path]
  if (thing === undefined) throw Object.assign(new Error(`No ${path}`), { code: 'ENOENT' })
  return thing
}

/** The tree of one disk, at a path below /sys/devices. */
export function diskAt(
  path: string,
  {
    links = {},
    siblings = {},
    udev,
  }: {
    readonly links?: Readonly<Record<string, string>>
    readonly siblings?: DeviceTree['directories']
    readonly udev?: string
  } = {},
): DeviceTree {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return {
    links,
    files: {
      [`${path}/uevent`]: `MAJOR=8\nMINOR=0\nDEVNAME=${name}\nDEVTYPE=disk\n`,
      ...(udev !== undefined && { '/run/udev/data/b8:0': udev }),
    },
    directories: siblings,
  }
}
