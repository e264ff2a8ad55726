// SPDX-License-Identifier: Apache-2.0
/** Whether only the administrator decides what is at a path: what runs or rules as root must not be anybody else's. */
import * as fs from 'node:fs'
import { posix } from 'node:path'
import { hasAccessList } from '../../native/access-control-list.ts'
import { firstFlaw } from '../../src/portable/way.ts'

const WRITABLE_BY_GROUP = 0o020
const WRITABLE_BY_OTHERS = 0o002
const WRITABLE = 'can be written by others than root'
/** Of a directory: who may make entries may not replace those of others. */
const STICKY = 0o1000

/**
 * The first part of the way to a file that somebody else than root or the agent's own user could change.
 * @returns `it does not belong to root`; undefined when there is none, or no such file
 */
export function foreignPart(path: string): string | undefined {
  return firstFlaw(path, posix, (part) => {
    const stat = fs.lstatSync(part, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    return {
      flaw: flaw(part, stat),
      link: stat.isSymbolicLink() ? fs.readlinkSync(part) : undefined,
    }
  })
}

function flaw(path: string, stat: fs.Stats): string | undefined {
  const { mode, uid, gid } = stat
  if (uid !== 0 && uid !== process.geteuid?.()) return 'does not belong to root'
  if (stat.isSymbolicLink() || (stat.isDirectory() && (mode & STICKY) !== 0)) return undefined
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return WRITABLE
  if ((mode & WRITABLE_BY_GROUP) === 0) return undefined
  const isOurGroup = gid === 0 || gid === process.getegid?.()
  // With a list the group's bits are what anybody in the list may have at most.
  return isOurGroup && !hasAccessList(path) ? undefined : WRITABLE
}
