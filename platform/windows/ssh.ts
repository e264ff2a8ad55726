// SPDX-License-Identifier: Apache-2.0
/**
 * Keys of OpenSSH for Windows. Administrators share one file; everybody else has one in the profile. sshd
 * takes a file only when nobody but SYSTEM, Administrators and the user may write to it.
 */
import * as fs from 'node:fs'
import { NERR_USER_NOT_FOUND, userInfo } from '../../native/netapi32.ts'
import { makeDirectory, profilesDirectory } from '../../native/profiles.ts'
import { registryText } from '../../native/registry.ts'
import { accountSid, protectFile, sidText } from '../../native/security.ts'
import { Win32Error } from '../../native/win32-error.ts'
import { systemError } from '../../src/errno.ts'
import { InvalidArguments, OsError } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/ssh.ts'
import { keysIn, withKeys, withoutKeys } from './parse/authorized-keys.ts'

const USER_PRIV_ADMIN = 2
const PROFILES = 'SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList'
/** A file that is larger holds no keys that sshd would read in time. */
const BYTES_MAX = 8 * 1024 * 1024
/** SYSTEM and Administrators. */
const OWNERS = ['SY', 'BA'] as const

/** Accounts and access lists; tests bring their own. */
const KEYRING = {
  userInfo,
  accountSid,
  sidText,
  registryText,
  profilesDirectory,
  makeDirectory,
  protectFile,
  programData: (): string => process.env['ProgramData'] ?? 'C:\\ProgramData',
}

interface Place {
  readonly directory: string
  readonly file: string
  /** Who may do everything: SIDs, or their names in SDDL. */
  readonly owners: readonly string[]
}

export function createSshHandlers(keyring = KEYRING): Handlers<typeof schema, 'windows'> {
  async function placeOf(user: string): Promise<Place> {
    const { privilege, sid } = await account(user)
    if (privilege === USER_PRIV_ADMIN) {
      const directory = `${keyring.programData()}\\ssh`
      return { directory, file: `${directory}\\administrators_authorized_keys`, owners: OWNERS }
    }
    const owner = keyring.sidText(`failed to get SID string for user ${user}`, sid)
    const directory = `${profileOf(user, owner)}\\.ssh`
    return { directory, file: `${directory}\\authorized_keys`, owners: [...OWNERS, owner] }
  }

  async function account(user: string): Promise<{ privilege: number; sid: Buffer }> {
    const action = `Received unexpected error when asking for user info of ${user}`
    try {
      const { privilege, sid } = await keyring.userInfo(action, user, 4)
      if (sid !== undefined) return { privilege, sid }
    } catch (error) {
      if (!(error instanceof Win32Error)) throw error
      if (error.number === NERR_USER_NOT_FOUND)
        throw new InvalidArguments(`User ${user} was not found`)
    }
    // Not every system answers all of it at once.
    const { privilege } = await keyring.userInfo(action, user, 1)
    return { privilege, sid: await keyring.accountSid(action, user) }
  }

  /** Where the profile is, which is not always a directory of the user's name. */
  function profileOf(user: string, sid: string): string {
    try {
      return keyring.registryText('', `${PROFILES}\\${sid}`, 'ProfileImagePath')
    } catch {
      if (/[\\/:]|^\.*$/.test(user)) throw new InvalidArguments(`User ${user} was not found`)
      return `${keyring.profilesDirectory('failed to retrieve profiles directory')}\\${user}`
    }
  }

  async function write({ directory, file, owners }: Place, text: string): Promise<void> {
    const inside = sddl(owners, 'OICI')
    await keyring.makeDirectory(`failed to create directory ${directory}`, directory, inside)
    const action = `failed to write to '${file}'`
    const temporary = `${file}.${crypto.randomUUID()}`
    try {
      await fs.promises.writeFile(temporary, text, { encoding: 'latin1', flag: 'wx' })
      await keyring.protectFile(
        `failed to set file security for file ${file}`,
        temporary,
        sddl(owners),
      )
      await fs.promises.rename(temporary, file)
    } catch (error) {
      await fs.promises.rm(temporary, { force: true })
      throw error instanceof OsError ? error : systemError(action, error)
    }
  }

  return {
    'guest-ssh-get-authorized-keys': async ({ username }) => ({
      keys: keysIn(await read(await placeOf(username))).map(utf8),
    }),

    'guest-ssh-add-authorized-keys': async ({ username, keys, reset = false }) => {
      checkKeys(keys)
      const place = await placeOf(username)
      if (reset) await refuseLinks(place)
      const before = reset ? '' : await read(place).catch(whenMissing)
      await write(place, withKeys(before, keys.map(latin1)))
      return {}
    },

    'guest-ssh-remove-authorized-keys': async ({ username, keys }) => {
      checkKeys(keys)
      const place = await placeOf(username)
      await write(place, withoutKeys(await read(place), keys.map(latin1)))
      return {}
    },
  }
}

/** Full access for each, and nothing from the directory above. */
function sddl(owners: readonly string[], inheritance = ''): string {
  return `D:P${owners.map((owner) => `(A;${inheritance};FA;;;${owner})`).join('')}`
}

/** A user may have laid a link to somebody else's directory or file there, and SYSTEM may enter both. */
async function refuseLinks({ directory, file }: Place): Promise<void> {
  for (const path of [directory, file]) {
    const found = await fs.promises.lstat(path).catch(() => undefined)
    if (found?.isSymbolicLink())
      throw new OsError(`failed to read '${file}': it is a link`, 'ELOOP')
  }
}

async function read(place: Place): Promise<string> {
  await refuseLinks(place)
  const { file } = place
  try {
    const { size } = await fs.promises.stat(file)
    if (size > BYTES_MAX) throw new OsError(`failed to read '${file}': File too large`, 'EFBIG')
    return await fs.promises.readFile(file, 'latin1')
  } catch (error) {
    throw error instanceof OsError ? error : systemError(`failed to read '${file}'`, error)
  }
}

/** A file that is not there yet has no keys. What is there and cannot be read is not overwritten. */
function whenMissing(error: unknown): string {
  if (error instanceof OsError && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return ''
  throw error
}

/** UTF-8's bytes as characters. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString()
}

/** A key is one line of the file, and no comment. */
function checkKeys(keys: readonly string[]): void {
  for (const key of keys) {
    if (key.startsWith('#') || /[\r\n\0]/.test(key)) {
      throw new InvalidArguments(`invalid OpenSSH public key: '${key}'`)
    }
  }
}
