// SPDX-License-Identifier: Apache-2.0
/** Who a process is, and how it becomes somebody else. The C library changes all threads of the process together. */
import { errnoError } from '../src/errno.ts'
import { loadKoffi } from './koffi.ts'
import { bind, must } from './libc.ts'

/** struct passwd on 64-bit Linux, glibc and musl: pw_uid and pw_gid behind two pointers, pw_dir behind pw_gecos. */
export const PASSWD = { bytes: 48, uid: 16, gid: 20, dir: 32 } as const

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** What getpwnam(3) may leave in errno for a name that is not there. */
const NOT_FOUND = new Set([0, 1, 2, 3, 9])
const cGetpwnam = bind<(name: string) => bigint | null>('void *getpwnam(const char *name)')

/**
 * getpwnam(3): may ask a server, and waits for it.
 * @returns undefined for a name that is not there
 * @throws OsError `action: strerror`
 */
export function accountOf(action: string, name: string): Account | undefined {
  // C would see the part before it.
  if (name.includes('\0')) return undefined
  const koffi = loadKoffi()
  koffi.errno(0)
  const pointer = cGetpwnam()(name)
  if (pointer === null) {
    const errno = koffi.errno()
    if (NOT_FOUND.has(errno)) return undefined
    throw errnoError(action, errno)
  }
  const passwd = Buffer.from(koffi.decode(pointer, 'uint8_t', PASSWD.bytes) as Uint8Array)
  return {
    name,
    uid: passwd.readUInt32LE(PASSWD.uid),
    gid: passwd.readUInt32LE(PASSWD.gid),
    home: koffi.decode(passwd.readBigUInt64LE(PASSWD.dir), 'char', -1) as string,
  }
}

const cInitgroups = bind<(user: string, group: number) => number>(
  'int initgroups(const char *user, uint32_t group)',
)
const cSetresgid = bind<(real: number, effective: number, saved: number) => number>(
  'int setresgid(uint32_t real, uint32_t effective, uint32_t saved)',
)
const cSetresuid = bind<(real: number, effective: number, saved: number) => number>(
  'int setresuid(uint32_t real, uint32_t effective, uint32_t saved)',
)

/** initgroups(3): the supplementary groups of a user. */
export function initGroups(action: string, user: string, group: number): void {
  must(action, cInitgroups()(user, group))
}

/** setresgid(2), all three. */
export function setGroup(action: string, group: number): void {
  must(action, cSetresgid()(group, group, group))
}

/** setresuid(2), all three: there is no way back. */
export function setUser(action: string, user: number): void {
  must(action, cSetresuid()(user, user, user))
}

type Three = [number, number, number]
const ids = (name: string) =>
  bind<(real: [number], effective: [number], saved: [number]) => number>(
    `int ${name}(_Out_ uint32_t *real, _Out_ uint32_t *effective, _Out_ uint32_t *saved)`,
  )
const cGetresuid = ids('getresuid')
const cGetresgid = ids('getresgid')

/** getresuid(2) and getresgid(2): real, effective, saved. */
export function identity(): { readonly users: Three; readonly groups: Three } {
  const read = (get: typeof cGetresuid): Three => {
    const [real, effective, saved]: [number][] = [[0], [0], [0]]
    must('getresuid', get()(real as [number], effective as [number], saved as [number]))
    return [real?.[0] ?? 0, effective?.[0] ?? 0, saved?.[0] ?? 0]
  }
  return { users: read(cGetresuid), groups: read(cGetresgid) }
}
