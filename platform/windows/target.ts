// SPDX-License-Identifier: Apache-2.0
/**
 * What a name stands for, held by a handle: links, `..`, short names and renames can change what the name means
 * afterwards, but not what the handle is. Nothing is made, cut or read before it is permitted.
 */
import { win32 } from 'node:path'
import {
  closeHandleLater,
  createFileLater,
  type Handle,
  IDENTIFY_ONLY,
  OPEN_EXISTING,
} from '../../native/kernel32.ts'
import {
  createInLater,
  cutLater,
  FILE_FLAG_BACKUP_SEMANTICS,
  FILE_READ_ATTRIBUTES,
  finalPathLater,
  fullPath,
  namesLater,
  reopenLater,
  SHARE_ALL,
} from '../../native/kernel32-identity.ts'
import { OsError } from '../../src/errors.ts'
import type { Permit, Target, Use } from '../../src/schema/command.ts'
import { foreignPlace } from './ownership.ts'
import { isRemote, longPath, ordinaryPath } from './parse/path.ts'

/** ERROR_FILE_NOT_FOUND */
const MISSING = 'WIN32_2'

/** What is to be done with a name, and who may say no to that. */
export interface Asked {
  /** What has failed when it does. */
  readonly action: string
  readonly uses: readonly Use[]
  readonly permit: Permit
}

/** How a file is opened once that is permitted. */
export interface Wanted {
  readonly access: number
  readonly share: number
  /** Makes the file when there is none. */
  readonly create: boolean
  readonly truncate: boolean
}

/**
 * Opens a file when it is permitted.
 * @throws what the permit throws, or OsError
 */
export async function openPermitted(asked: Asked, name: string, wanted: Wanted): Promise<Handle> {
  const path = namedPath(asked, name)
  const found = await hold(asked.action, path)
  if (found instanceof OsError) {
    if (wanted.create && found.code === MISSING) return await createPermitted(asked, path, wanted)
    return foundNothing(asked, found)
  }
  try {
    asked.permit(asked.uses, await targetOf(asked, found))
    const handle = await reopenLater(asked.action, found, wanted.access, wanted.share)
    return await checked(asked, handle, wanted.truncate)
  } finally {
    await letGo(found)
  }
}

/** In the directory that was asked about, whatever its name has become. */
async function createPermitted(
  asked: Asked,
  path: string,
  { access, share }: Wanted,
): Promise<Handle> {
  const directory = await hold(asked.action, win32.dirname(path))
  if (directory instanceof OsError) return foundNothing(asked, directory)
  const name = win32.basename(path)
  try {
    const { path: parent } = await targetOf(asked, directory)
    asked.permit(asked.uses, { path: parent.endsWith('\\') ? parent + name : `${parent}\\${name}` })
    const handle = await createInLater(asked.action, directory, name, access, share)
    return await checked(asked, handle, false)
  } finally {
    await letGo(directory)
  }
}

/** Asks once more, of what was opened: a server may go by the name, and not by what is held. */
async function checked(asked: Asked, handle: Handle, truncate: boolean): Promise<Handle> {
  try {
    asked.permit(asked.uses, await targetOf(asked, handle))
    if (truncate) await cutLater(asked.action, handle)
    return handle
  } catch (error) {
    await letGo(handle)
    throw error
  }
}

/**
 * What a program's file is.
 * @returns its path, free of links, once it is permitted
 * @throws what the permit throws, or OsError
 */
export async function permittedProgram(asked: Asked, name: string): Promise<string> {
  const found = await hold(asked.action, namedPath(asked, name))
  if (found instanceof OsError) return foundNothing(asked, found)
  try {
    const { path } = await targetOf(asked, found)
    const doubt = foreignPlace(path)
    asked.permit(asked.uses, { path, ...(doubt !== undefined && { doubt }) })
    return path
  } finally {
    await letGo(found)
  }
}

/**
 * What Windows makes of a name: the full path of a file. A device or pipe is not touched, and a server is not
 * asked, since it would learn who we are, unless the name alone is permitted.
 */
export function namedPath(asked: Asked, name: string): string {
  const path = ordinaryPath(fullPath(asked.action, name))
  if (path === undefined) return foundNothing(asked, noFile(asked.action))
  if (isRemote(path)) asked.permit(asked.uses, { path })
  return path
}

/** The path of what is at another one, without links and short names; undefined when there is nothing. */
export async function realPath(path: string): Promise<string | undefined> {
  const action = `Cannot look at ${path}`
  const found = await hold(action, path)
  if (found instanceof OsError) return undefined
  try {
    return ordinaryPath(await finalPathLater(action, found))
  } finally {
    await letGo(found)
  }
}

/** A handle of what a path stands for, or why there is none. */
async function hold(action: string, path: string): Promise<Handle | OsError> {
  const flags = FILE_FLAG_BACKUP_SEMANTICS | IDENTIFY_ONLY
  const opening = {
    access: FILE_READ_ATTRIBUTES,
    share: SHARE_ALL,
    disposition: OPEN_EXISTING,
    flags,
  }
  return await createFileLater(action, { path: longPath(path), ...opening }).catch(asResult)
}

async function targetOf(asked: Asked, handle: Handle): Promise<Target> {
  const full = await finalPathLater(asked.action, handle).catch(asResult)
  if (full instanceof OsError) return foundNothing(asked, full)
  const path = ordinaryPath(full)
  if (path === undefined) return foundNothing(asked, noFile(asked.action))
  const names = await namesLater(asked.action, handle)
  const foreign = names > 1 ? foreignNames(path) : undefined
  return { path, ...(foreign !== undefined && { doubt: `it has ${names} names, and ${foreign}` }) }
}

/** Who may add to a directory can give any file a second name there. A server is not waited for to say who. */
function foreignNames(path: string): string | undefined {
  return isRemote(path) ? 'it lies on a server' : foreignPlace(path)
}

/** That there is nothing, or no file, is told only where the name alone may be. */
function foundNothing({ uses, permit }: Asked, error: OsError): never {
  permit(uses, undefined)
  throw error
}

function noFile(action: string): OsError {
  return new OsError(`${action}: it is not a file of a volume that has a letter`, 'WIN32_1')
}

function asResult(error: unknown): OsError {
  if (error instanceof OsError) return error
  throw error
}

function letGo(handle: Handle): Promise<void> {
  return closeHandleLater('failed close handle', handle)
}
