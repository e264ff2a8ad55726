// SPDX-License-Identifier: Apache-2.0
/** Whether only the administrator decides what is at a path: what runs or rules as root must not be anybody else's. */
import * as fs from 'node:fs'
import { resolve } from 'node:path'

const WRITABLE_BY_GROUP = 0o020
const WRITABLE_BY_OTHERS = 0o002
/** Of a directory: who may make entries may not replace those of others. */
const STICKY = 0o1000
/** As many as the kernel follows: path_resolution(7). */
const LINKS_MAX = 40

/**
 * Goes all the way to a file, through every directory and link, and tells the first part that somebody
 * else than root or the agent's own user could change.
 * @returns `it does not belong to root`; undefined when there is none, or no such file
 */
export function foreignPart(path: string): string | undefined {
  const wanted = resolve(path)
  const pending = wanted.split('/').filter((part) => part !== '')
  let at = ''
  let links = 0
  const root = flaw(fs.lstatSync('/'))
  if (root !== undefined) return `"/" ${root}`
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === '.' || part === '') continue
    if (part === '..') {
      at = at.slice(0, Math.max(at.lastIndexOf('/'), 0))
      continue
    }
    const next = `${at}/${part}`
    const stat = fs.lstatSync(next, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    const found = flaw(stat)
    if (found !== undefined) return `${next === wanted ? 'it' : `"${next}"`} ${found}`
    if (!stat.isSymbolicLink()) {
      at = next
      continue
    }
    if (++links > LINKS_MAX) return undefined
    const target = fs.readlinkSync(next)
    if (target.startsWith('/')) at = ''
    pending.unshift(...target.split('/'))
  }
  return undefined
}

function flaw(stat: fs.Stats): string | undefined {
  const { mode, uid, gid } = stat
  if (uid !== 0 && uid !== process.geteuid?.()) return 'does not belong to root'
  if (stat.isSymbolicLink() || (stat.isDirectory() && (mode & STICKY) !== 0)) return undefined
  const isOurGroup = gid === 0 || gid === process.getegid?.()
  const isOthers =
    (mode & WRITABLE_BY_OTHERS) !== 0 || (!isOurGroup && (mode & WRITABLE_BY_GROUP) !== 0)
  return isOthers ? 'can be written by others than root' : undefined
}
