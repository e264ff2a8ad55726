// SPDX-License-Identifier: Apache-2.0
/**
 * What the kernel and udev say of a device, as lines of text.
 *
 * The kernel's `uevent` in sysfs:
 *
 *     MAJOR=254
 *     MINOR=0
 *     DEVNAME=vda
 *     DEVTYPE=disk
 *
 * udev's own, /run/udev/data/b254:0, of which the properties are the lines with an E:
 *
 *     S:disk/by-path/pci-0000:00:02.0
 *     I:1408117
 *     E:ID_SERIAL=root-disk
 *     E:ID_PATH=pci-0000:00:02.0
 *     G:systemd
 *     V:1
 */

/** `KEY=VALUE` lines; of a key given twice the last counts. */
export function parseUevent(text: string): ReadonlyMap<string, string> {
  return properties(text, '')
}

/** The properties among the lines of udev's database. */
export function parseUdevDatabase(text: string): ReadonlyMap<string, string> {
  return properties(text, 'E:')
}

function properties(text: string, mark: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > mark.length && line.startsWith(mark))
      found.set(line.slice(mark.length, at), line.slice(at + 1))
  }
  return found
}
