// SPDX-License-Identifier: Apache-2.0
/** How full a file system is. */
import * as fs from 'node:fs'
import { prepareWorkPool } from '../../native/work-pool.ts'
import type { Mount } from './mounts.ts'
import type { Patience } from './patience.ts'

/** In bytes. What only privileged users can fill is in the last alone. */
export interface Usage {
  readonly 'used-bytes': bigint
  readonly 'total-bytes': bigint
  readonly 'total-bytes-privileged': bigint
}

/** The numbers of statvfs(3), in blocks of `frsize` bytes. */
export type BlockCounts = Pick<fs.BigIntStatsFs, 'frsize' | 'blocks' | 'bfree' | 'bavail'>

/** The usage of what is mounted there; undefined when it does not say, or not in time. */
export async function readUsage(mount: Mount, patience: Patience): Promise<Usage | undefined> {
  prepareWorkPool()
  const key = `statvfs ${mount.major}:${mount.minor} ${mount.mountPoint.latin1Slice()}`
  const counts = await patience.ask(key, () => statvfs(mount.mountPoint))
  return counts && usageOf(counts)
}

/** Some file systems have more blocks free than there are: upstream's sums are of 64 bits without a sign. */
export function usageOf({ frsize, blocks, bfree, bavail }: BlockCounts): Usage {
  const bytes = (count: bigint) => BigInt.asUintN(64, count * frsize)
  const used = blocks - bfree
  return {
    'used-bytes': bytes(used),
    'total-bytes': bytes(used + bavail),
    'total-bytes-privileged': bytes(blocks),
  }
}

function statvfs(path: Buffer): Promise<fs.BigIntStatsFs> {
  return new Promise((resolve, reject) => {
    fs.statfs(path, { bigint: true }, (error, counts) => (error ? reject(error) : resolve(counts)))
  })
}
