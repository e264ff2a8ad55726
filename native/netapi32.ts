// SPDX-License-Identifier: Apache-2.0
/** Accounts: netapi32.dll, on the work pool, for a domain's server may have to be asked. Its functions return their error codes. */

import { copyOfSid } from './security.ts'
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'
import { copyOf, NativeMemory } from './windows-memory.ts'

const bind = library('netapi32.dll')

const PASSWORD_LEVEL = 1003
/** USER_INFO_1003: a pointer to the password. */
const POINTER_BYTES = 8
const NetUserSetInfo = bind<
  (server: null, user: string, level: number, information: bigint, parameter: null) => number
>(
  'uint32_t __stdcall NetUserSetInfo(void *server, str16 user, uint32_t level, void *information, void *parameter)',
)

/** NetUserSetInfo: a new password, the old one not asked for. @throws OsError `action: system message` */
export async function setPassword(action: string, user: string, password: string): Promise<void> {
  using text = NativeMemory.text(password)
  using information = new NativeMemory(POINTER_BYTES)
  information.bytes.writeBigUInt64LE(text.address)
  const { result } = await NetUserSetInfo.later(
    ...([null, user, PASSWORD_LEVEL, information.address, null] as const),
  )
  text.bytes.fill(0)
  if (result !== 0) throw win32Error(action, result)
}

/** USER_INFO_4 and USER_INFO_1, as far as they are looked at. */
export const USER_INFO = { bytes: 192, privilege: 20, sid: 152, shortBytes: 56 } as const
export const NERR_USER_NOT_FOUND = 2221
const NetUserGetInfo = bind<
  (server: null, user: string, level: number, information: [bigint | null]) => number
>(
  'uint32_t __stdcall NetUserGetInfo(void *server, str16 user, uint32_t level, _Out_ void **information)',
)
const NetApiBufferFree = bind<(buffer: bigint) => number>(
  'uint32_t __stdcall NetApiBufferFree(void *buffer)',
)

export interface UserInfo {
  /** USER_PRIV_ADMIN 2 */
  readonly privilege: number
  readonly sid?: Buffer
}

/**
 * NetUserGetInfo: what kind of account it is, and at level 4 its SID.
 * @throws Win32Error `action: system message`
 */
export async function userInfo(action: string, user: string, level: 1 | 4): Promise<UserInfo> {
  const out: [bigint | null] = [null]
  const { result } = await NetUserGetInfo.later(null, user, level, out)
  const [information] = out
  if (result !== 0 || information === null) throw win32Error(action, result)
  const bytes = copyOf(information, level === 4 ? USER_INFO.bytes : USER_INFO.shortBytes)
  const privilege = bytes.readUInt32LE(USER_INFO.privilege)
  const sid = level === 4 ? copyOfSid(bytes.readBigUInt64LE(USER_INFO.sid)) : undefined
  NetApiBufferFree(information)
  return { privilege, ...(sid && { sid }) }
}
