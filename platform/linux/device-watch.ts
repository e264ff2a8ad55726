// SPDX-License-Identifier: Apache-2.0
import * as fs from 'node:fs'

/** Where nodes and udev's links to them appear. */
const FOLDERS = ['/dev', '/dev/virtio-ports'] as const
/** Milliseconds from the first sign until the device is tried: a node comes before its link, and many come at once. */
const SETTLE_MS = 50

/** Waits until the time is over, or something appears that may be a device. */
export async function untilNewDevice(milliseconds: number): Promise<void> {
  const appeared = Promise.withResolvers<void>()
  const watchers = FOLDERS.flatMap((folder) => watch(folder, appeared.resolve))
  const timer = setTimeout(appeared.resolve, milliseconds)
  try {
    await appeared.promise
  } finally {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
  await Bun.sleep(SETTLE_MS)
}

function watch(folder: string, changed: () => void): fs.FSWatcher[] {
  try {
    const watcher = fs.watch(folder, (kind) => kind === 'rename' && changed())
    watcher.on('error', () => {})
    return [watcher]
  } catch {
    // Not there, or no watches left: the time decides.
    return []
  }
}
