// SPDX-License-Identifier: Apache-2.0
/** Whether only administrators decide what is at a path: what runs or rules as SYSTEM must not be anybody else's. */
import * as fs from 'node:fs'
import { win32 } from 'node:path'
import { CHANGING, REPLACING } from '../../native/access-list.ts'
import { strangersAt } from '../../native/early-windows.ts'
import { OsError } from '../../src/errors.ts'
import { firstFlaw } from '../../src/portable/way.ts'

/**
 * The first part of the way to a file that others than administrators and the agent's own user could change.
 * Every user may add to `C:\` and to %ProgramData%: of a directory it counts who may replace what is there.
 * @returns `it can be changed by BU`; undefined when there is none, or no such file
 */
export function foreignPart(path: string): string | undefined {
  return foreignOnWay(path, REPLACING)
}

/** The same where what is laid beside a file counts too: libraries beside a program, or second names. */
export function foreignPlace(path: string): string | undefined {
  return foreignOnWay(path, CHANGING)
}

/** @param directoryRights what nobody else may do to the directory that the path's last part lies in */
function foreignOnWay(path: string, directoryRights: number): string | undefined {
  const directory = win32.dirname(win32.resolve(path))
  return firstFlaw(path, win32, (part) => {
    const stat = fs.lstatSync(part, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    const asked = part === directory ? directoryRights : stat.isDirectory() ? REPLACING : CHANGING
    const others = strangersOf(part, asked)
    return {
      flaw: others.length === 0 ? undefined : `can be changed by ${others.join(', ')}`,
      link: stat.isSymbolicLink() ? fs.readlinkSync(part) : undefined,
    }
  })
}

/** @throws OsError naming who else can change it */
export function refuseStrangers(path: string): void {
  const others = strangersOf(path)
  if (others.length > 0)
    throw new OsError(`${path} can be changed by ${others.join(', ')}`, 'EACCES')
}

/**
 * Who can change it and is neither the system nor an administrator.
 * @param asked the rights that count
 * @throws OsError
 */
export function strangersOf(path: string, asked?: number): readonly string[] {
  try {
    return strangersAt(path, asked)
  } catch (error) {
    throw new OsError(error instanceof Error ? error.message : String(error), 'EIO', error)
  }
}
