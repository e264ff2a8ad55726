// SPDX-License-Identifier: Apache-2.0
/** Which Windows it is: RTL_OSVERSIONINFOEXW, and the names that go with its numbers. */

/** RTL_OSVERSIONINFOEXW: 32-bit numbers, and a byte for the kind. */
export const OS_VERSION = { major: 4, minor: 8, build: 12, productType: 282 } as const
const WORKSTATION = 1
const WINDOWS_11_BUILD = 22000

type Named = readonly [major: number, minor: number, build: number, name: string, id: string]

/** Later rows win: the last whose numbers are reached. */
const CLIENTS: readonly Named[] = [
  [5, 0, 0, '2000', '2000'],
  [5, 1, 0, 'XP', 'xp'],
  [6, 0, 0, 'Vista', 'vista'],
  [6, 1, 0, '7', '7'],
  [6, 2, 0, '8', '8'],
  [6, 3, 0, '8.1', '8.1'],
  [10, 0, 10240, '10', '10'],
  [10, 0, WINDOWS_11_BUILD, '11', '11'],
]
const SERVERS: readonly Named[] = [
  [5, 2, 0, 'Server 2003', '2003'],
  [6, 0, 0, 'Server 2008', '2008'],
  [6, 1, 0, 'Server 2008 R2', '2008r2'],
  [6, 2, 0, 'Server 2012', '2012'],
  [6, 3, 0, 'Server 2012 R2', '2012r2'],
  [10, 0, 14393, 'Server 2016', '2016'],
  [10, 0, 17763, 'Server 2019', '2019'],
  [10, 0, 20344, 'Server 2022', '2022'],
  [10, 0, 26040, 'Server 2025', '2025'],
]

/** PROCESSOR_ARCHITECTURE_* → machine as uname(1) would have it. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [0, 'x86'],
  [5, 'arm'],
  [6, 'ia64'],
  [9, 'x86_64'],
  [12, 'aarch64'],
])

export interface OsVersion {
  readonly major: number
  readonly minor: number
  readonly build: number
  readonly isClient: boolean
}

export function parseOsVersion(bytes: Buffer): OsVersion {
  return {
    major: bytes.readUInt32LE(OS_VERSION.major),
    minor: bytes.readUInt32LE(OS_VERSION.minor),
    build: bytes.readUInt32LE(OS_VERSION.build),
    isClient: bytes[OS_VERSION.productType] === WORKSTATION,
  }
}

/** @param productName of the registry, which Windows 11 still gives as Windows 10 */
export function osInfo(version: OsVersion, architecture: number, productName: string) {
  const { major, minor, build, isClient } = version
  const variant = isClient ? 'client' : 'server'
  const found = (isClient ? CLIENTS : SERVERS).findLast(
    (row) => row[0] === major && row[1] === minor && build >= row[2],
  )
  const isEleven = isClient && major === 10 && build >= WINDOWS_11_BUILD
  return {
    'kernel-release': String(build),
    'kernel-version': `${major}.${minor}`,
    machine: MACHINES.get(architecture) ?? 'unknown',
    id: 'mswindows',
    name: 'Microsoft Windows',
    'pretty-name': isEleven ? productName.replace(/^Windows 10\b/, 'Windows 11') : productName,
    version: found === undefined ? 'N/A' : `Microsoft Windows ${found[3]}`,
    'version-id': found?.[4] ?? 'N/A',
    variant,
    'variant-id': variant,
  }
}
