// SPDX-License-Identifier: Apache-2.0
/** What a freeze would cover, found out without freezing anything. */
import { readFileSync, statSync } from 'node:fs'
import type { FreezePlan } from '../../../src/admin/administration.ts'
import { type Mount, readMounts } from '../mounts.ts'
import { parseMountinfo } from '../parse/mounts.ts'
import { freezeGroups } from '../stacking.ts'

/** File systems on a block device for which the kernel has no freeze (super_operations without freeze_fs). */
const UNFREEZABLE: ReadonlySet<string> = new Set(
  'vfat msdos exfat ntfs ntfs3 iso9660 udf squashfs erofs cramfs romfs hfs hfsplus minix'.split(
    ' ',
  ),
)

/** Of what lies on no block device, what may hold data of somebody. */
const DATA_ELSEWHERE: readonly (readonly [types: RegExp, reason: string])[] = [
  [/^(nfs4?|cifs|smb3|smbfs|ceph|glusterfs|afs|ocfs2|gfs2)$/, 'its data is on the network'],
  [/^(9p|virtiofs|vboxsf)$/, 'its data is the host’s'],
  [/^zfs$/, 'ZFS has its own snapshots and knows no freeze'],
  [/^overlay$/, 'frozen with the file system of its upper directory'],
  [/^fuse(\.|blk$|$)/, 'FUSE knows no freeze'],
]

type Skipped = FreezePlan['skipped'][number]

export function freezePlan(): FreezePlan & { readonly obstacles: readonly string[] } {
  const covered: FreezePlan['covered'][number][] = []
  const skipped: Skipped[] = []
  const obstacles: string[] = []
  for (const mount of freezeGroups(readMounts(() => {})).flat()) {
    const { name: mountpoint, type } = mount
    if (UNFREEZABLE.has(type)) {
      skipped.push({ mountpoint, type, reason: `the kernel cannot freeze ${type}` })
      continue
    }
    covered.push({ mountpoint, type })
    obstacles.push(...obstacle(mount))
  }
  return { covered, skipped: [...skipped, ...elsewhere()], obstacles }
}

/** What would end the freeze: every mount point has to be opened as a directory. */
function obstacle({ mountPoint, name }: Mount): readonly string[] {
  try {
    return statSync(mountPoint).isDirectory()
      ? []
      : [`${name} is no directory and cannot be opened`]
  } catch (error) {
    return [`${name} cannot be opened: ${error instanceof Error ? error.message : error}`]
  }
}

function elsewhere(): readonly Skipped[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo')).flatMap((line) => {
    const [, reason] = DATA_ELSEWHERE.find(([types]) => types.test(line.type)) ?? []
    const isListed = line.major !== 0 || reason === undefined
    return isListed ? [] : [{ mountpoint: String(line.mountPoint), type: line.type, reason }]
  })
}
