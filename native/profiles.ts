// SPDX-License-Identifier: Apache-2.0
/** Where users' directories are: userenv.dll, and directories that admit only whom they are for. */
import { SecurityDescriptor } from './security.ts'
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { wideText } from './windows-memory.ts'

const PATH_CHARACTERS_MAX = 1024
const GetProfilesDirectoryW = library('userenv.dll')<
  (path: Buffer, characters: [number]) => number
>('int __stdcall GetProfilesDirectoryW(void *path, _Inout_ uint32_t *characters)')

/** GetProfilesDirectoryW: `C:\Users`. @throws OsError `action: system message` */
export function profilesDirectory(action: string): string {
  const path = Buffer.alloc(2 * PATH_CHARACTERS_MAX)
  if (GetProfilesDirectoryW(path, [PATH_CHARACTERS_MAX]) === 0)
    throw win32Error(action, lastError())
  return wideText(path)
}

const ERROR_ALREADY_EXISTS = 183
const CreateDirectoryW = library('kernel32.dll')<(path: string, security: Buffer) => number>(
  'int __stdcall CreateDirectoryW(str16 path, void *security)',
)

/** CreateDirectoryW with an access list (SDDL), unless it is there. @throws OsError `action: system message` */
export async function makeDirectory(action: string, path: string, sddl: string): Promise<void> {
  using descriptor = new SecurityDescriptor(action, sddl)
  const { result, error } = await CreateDirectoryW.later(path, descriptor.attributes())
  if (result === 0 && error !== ERROR_ALREADY_EXISTS) throw win32Error(action, error)
}
