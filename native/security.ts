// SPDX-License-Identifier: Apache-2.0
/** Security descriptors, SIDs and privileges: advapi32.dll. */
import type { Handle } from './kernel32.ts'
import { closeHandle } from './kernel32.ts'
import { loadKoffi } from './koffi.ts'
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { copyOf } from './windows-memory.ts'

const advapi32 = library('advapi32.dll')
const kernel32 = library('kernel32.dll')

const LocalFree = kernel32<(memory: bigint) => unknown>('void * __stdcall LocalFree(void *memory)')

const SDDL_REVISION_1 = 1
const ConvertStringSecurityDescriptorToSecurityDescriptorW = advapi32<
  (text: string, revision: number, descriptor: [bigint | null], size: null) => number
>(
  'int __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 text, uint32_t revision, _Out_ void **descriptor, void *size)',
)

/** A security descriptor made from its text form (SDDL), and the SECURITY_ATTRIBUTES that hand it on. */
export class SecurityDescriptor implements Disposable {
  readonly address: bigint

  /** @throws OsError `action: system message` */
  constructor(action: string, sddl: string) {
    const out: [bigint | null] = [null]
    const made = ConvertStringSecurityDescriptorToSecurityDescriptorW(
      ...([sddl, SDDL_REVISION_1, out, null] as const),
    )
    if (made === 0 || out[0] === null) throw win32Error(action, lastError())
    this.address = out[0]
  }

  attributes(isInherited = false): Buffer {
    return securityAttributes(this.address, isInherited)
  }

  [Symbol.dispose](): void {
    LocalFree(this.address)
  }
}

/** SECURITY_ATTRIBUTES on 64-bit Windows: nLength, lpSecurityDescriptor, bInheritHandle. */
export const SECURITY_ATTRIBUTES = { bytes: 24, descriptor: 8, inherit: 16 } as const

/** @param descriptor its address; 0 for the usual one of the process */
export function securityAttributes(descriptor: bigint, isInherited: boolean): Buffer {
  const attributes = Buffer.alloc(SECURITY_ATTRIBUTES.bytes)
  attributes.writeUInt32LE(SECURITY_ATTRIBUTES.bytes, 0)
  attributes.writeBigUInt64LE(descriptor, SECURITY_ATTRIBUTES.descriptor)
  attributes.writeUInt32LE(isInherited ? 1 : 0, SECURITY_ATTRIBUTES.inherit)
  return attributes
}

const GetSecurityDescriptorDacl = advapi32<
  (descriptor: bigint, present: [number], acl: [bigint | null], defaulted: [number]) => number
>(
  'int __stdcall GetSecurityDescriptorDacl(void *descriptor, _Out_ int *present, _Out_ void **acl, _Out_ int *defaulted)',
)
const SE_FILE_OBJECT = 1
const DACL_SECURITY_INFORMATION = 4
const PROTECTED_DACL_SECURITY_INFORMATION = 0x80000000
const SetNamedSecurityInfoW = advapi32<
  (
    name: string,
    type: number,
    information: number,
    owner: null,
    group: null,
    dacl: bigint | null,
    sacl: null,
  ) => number
>(
  'uint32_t __stdcall SetNamedSecurityInfoW(str16 name, int type, uint32_t information, void *owner, void *group, void *dacl, void *sacl)',
)

/** SetNamedSecurityInfoW: gives a file the access list of `sddl`, and nothing from its directory. @throws OsError */
export async function protectFile(action: string, path: string, sddl: string): Promise<void> {
  using descriptor = new SecurityDescriptor(action, sddl)
  const acl: [bigint | null] = [null]
  if (GetSecurityDescriptorDacl(descriptor.address, [0], acl, [0]) === 0) {
    throw win32Error(action, lastError())
  }
  const information = (DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION) >>> 0
  const { result } = await SetNamedSecurityInfoW.later(
    ...([path, SE_FILE_OBJECT, information, null, null, acl[0], null] as const),
  )
  if (result !== 0) throw win32Error(action, result)
}

const ConvertSidToStringSidW = advapi32<(sid: Buffer, text: [bigint | null]) => number>(
  'int __stdcall ConvertSidToStringSidW(void *sid, _Out_ void **text)',
)

/** ConvertSidToStringSidW: `S-1-5-18` */
export function sidText(action: string, sid: Buffer): string {
  const out: [bigint | null] = [null]
  if (ConvertSidToStringSidW(sid, out) === 0 || out[0] === null)
    throw win32Error(action, lastError())
  const text = loadKoffi().decode(out[0], 'char16_t', -1) as string
  LocalFree(out[0])
  return text
}

/** A SID: revision, number of parts, six bytes of authority, and each part in four bytes. */
const SID = { parts: 1, head: 8, part: 4 } as const

/** A copy of the SID at an address. */
export function copyOfSid(address: bigint): Buffer {
  const parts = copyOf(address, SID.head)[SID.parts] ?? 0
  return copyOf(address, SID.head + SID.part * parts)
}

const LookupAccountNameW = advapi32<
  (
    system: null,
    name: string,
    sid: Buffer | null,
    sidBytes: Buffer,
    domain: Buffer | null,
    domainCharacters: Buffer,
    use: Buffer,
  ) => number
>(
  'int __stdcall LookupAccountNameW(void *system, str16 name, void *sid, void *sidBytes, void *domain, void *domainCharacters, void *use)',
)
const SID_BYTES_MAX = 68
const DOMAIN_CHARACTERS_MAX = 256

/** LookupAccountNameW: the SID of an account of whatever kind. @throws OsError `action: system message` */
export async function accountSid(action: string, name: string): Promise<Buffer> {
  const sid = Buffer.alloc(SID_BYTES_MAX)
  const [sidBytes, characters, use] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(4)]
  sidBytes.writeUInt32LE(SID_BYTES_MAX)
  characters.writeUInt32LE(DOMAIN_CHARACTERS_MAX)
  const domain = Buffer.alloc(2 * DOMAIN_CHARACTERS_MAX)
  const { result, error } = await LookupAccountNameW.later(
    ...([null, name, sid, sidBytes, domain, characters, use] as const),
  )
  if (result === 0) throw win32Error(action, error)
  return sid.subarray(0, SID.head + SID.part * (sid[SID.parts] ?? 0))
}

const TOKEN_ADJUST_PRIVILEGES = 0x20
const TOKEN_QUERY = 8
const SE_PRIVILEGE_ENABLED = 2
const ERROR_NOT_ALL_ASSIGNED = 1300
const CURRENT_PROCESS = -1
/** TOKEN_PRIVILEGES of one: a count, a LUID, and attributes. */
export const TOKEN_PRIVILEGES = { bytes: 16, luid: 4, attributes: 12 } as const
const OpenProcessToken = advapi32<(process: number, access: number, token: [Handle]) => number>(
  'int __stdcall OpenProcessToken(intptr_t process, uint32_t access, _Out_ intptr_t *token)',
)
const LookupPrivilegeValueW = advapi32<(system: null, name: string, luid: Buffer) => number>(
  'int __stdcall LookupPrivilegeValueW(void *system, str16 name, void *luid)',
)
const AdjustTokenPrivileges = advapi32<
  (
    token: Handle,
    disableAll: number,
    state: Buffer,
    bytes: number,
    before: null,
    size: null,
  ) => number
>(
  'int __stdcall AdjustTokenPrivileges(intptr_t token, int disableAll, void *state, uint32_t bytes, void *before, void *size)',
)

/** AdjustTokenPrivileges: switches a privilege of this process on. @throws OsError in upstream's words */
export function enablePrivilege(name: 'SeShutdownPrivilege' | 'SeSystemtimePrivilege'): void {
  const token: [Handle] = [0 as Handle]
  const access = TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY
  if (OpenProcessToken(CURRENT_PROCESS, access, token) === 0)
    throw win32Error('failed to open privilege token', lastError())
  try {
    const luid = Buffer.alloc(8)
    if (LookupPrivilegeValueW(null, name, luid) === 0)
      throw win32Error('no luid for requested privilege', lastError())
    const state = Buffer.alloc(TOKEN_PRIVILEGES.bytes)
    state.writeUInt32LE(1)
    luid.copy(state, TOKEN_PRIVILEGES.luid)
    state.writeUInt32LE(SE_PRIVILEGE_ENABLED, TOKEN_PRIVILEGES.attributes)
    const isDone = AdjustTokenPrivileges(token[0], 0, state, 0, null, null) !== 0
    const error = lastError()
    // It succeeds without having done it, and only says so.
    if (!isDone || error === ERROR_NOT_ALL_ASSIGNED)
      throw win32Error('unable to acquire requested privilege', error)
  } finally {
    closeHandle(token[0])
  }
}
