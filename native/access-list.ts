// SPDX-License-Identifier: Apache-2.0
/**
 * Who may change a file or directory, by its security descriptor in text form:
 *
 *     O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)
 *     owner, group, then the list: type;flags;rights;object;inherited object;who
 *
 * https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 */

/** SYSTEM, Administrators, TrustedInstaller, the account Administrator, and the owner, who is judged by itself. */
const TRUSTED: ReadonlySet<string> = new Set([
  'SY',
  'S-1-5-18',
  'BA',
  'S-1-5-32-544',
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
  'LA',
  'OW',
  'S-1-3-4',
])

/** What makes another thing of it or of what lies in it, or says who may: FILE_DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL. */
export const REPLACING = 0x40 | 0x10000 | 0x40000 | 0x80000 | 0x10000000
/** And what changes a file or adds to a directory: FILE_WRITE_DATA, FILE_APPEND_DATA, GENERIC_WRITE. */
export const CHANGING = REPLACING | 0x2 | 0x4 | 0x40000000
// biome-ignore format: a table
const RIGHTS: Readonly<Record<string, number>> = {
  CC: 0x1, DC: 0x2, LC: 0x4, SW: 0x8, RP: 0x10, WP: 0x20, DT: 0x40, LO: 0x80, CR: 0x100,
  SD: 0x10000, RC: 0x20000, WD: 0x40000, WO: 0x80000,
  GA: 0x10000000, GX: 0x20000000, GW: 0x40000000, GR: 0x80000000,
  FA: 0x1f01ff, FR: 0x120089, FW: 0x120116, FX: 0x1200a0,
}

/**
 * Those who have some of the rights and are neither the system nor an administrator nor we.
 * @param self the SID of this process's user
 */
export function strangers(descriptor: string, self: string, asked: number): readonly string[] {
  const [, owner = '', list] =
    /^(?:O:(.*?))?(?:G:.*?)?(?:D:(.*?))?(?:S:.*)?$/.exec(descriptor) ?? []
  // Without a list everybody may do everything.
  if (list === undefined || list.startsWith('NO_ACCESS_CONTROL')) return ['everybody']
  const entries = Array.from(list.matchAll(/\(([^()]*)/g), ([, entry = '']) => entry.split(';'))
  const writers = entries
    // A denial takes nothing away from what is allowed elsewhere; what is only handed down counts below.
    .filter(([type = '', flags = '']) => type !== 'D' && !/^(..)*IO/.test(flags))
    .filter(([, , rights = '']) => (rightsOf(rights) & asked) !== 0)
    .map(([, , , , , who = '']) => who)
  return [...new Set([owner, ...writers])].filter((who) => who !== self && !TRUSTED.has(who))
}

/** `FA`, `CCDCLC`, `0x1301bf` */
function rightsOf(text: string): number {
  if (/^\d/.test(text)) return Number(text)
  // What is not in the table may be anything.
  return (text.match(/../g) ?? []).reduce((all, name) => all | (RIGHTS[name] ?? CHANGING), 0)
}
