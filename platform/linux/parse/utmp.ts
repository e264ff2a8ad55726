// SPDX-License-Identifier: Apache-2.0
/** Who is logged in, as utmp(5) has it. */

/**
 * struct utmpx of glibc. 64-bit machines with a 32-bit past (x86-64) have 32-bit times in it, the
 * others (arm64) 64-bit ones.
 */
export const UTMPX = {
  type: 0,
  user: 44,
  userBytes: 32,
  x64: { bytes: 384, seconds: 340, microseconds: 344 },
  arm64: { bytes: 400, seconds: 344, microseconds: 352 },
} as const

const USER_PROCESS = 7

export interface Login {
  readonly user: string
  /** Microseconds since 1970-01-01 UTC. */
  readonly sinceUs: bigint
}

/** The records of users, in the file's order. */
export function parseUtmp(bytes: Buffer, arch: 'x64' | 'arm64'): Login[] {
  const layout = UTMPX[arch]
  const read =
    arch === 'x64'
      ? (at: number) => BigInt(bytes.readInt32LE(at))
      : (at: number) => bytes.readBigInt64LE(at)
  const logins: Login[] = []
  for (let at = 0; at + layout.bytes <= bytes.length; at += layout.bytes) {
    if (bytes.readInt16LE(at + UTMPX.type) !== USER_PROCESS) continue
    const name = bytes.subarray(at + UTMPX.user, at + UTMPX.user + UTMPX.userBytes)
    const nul = name.indexOf(0)
    logins.push({
      user: name.toString('utf8', 0, nul < 0 ? name.length : nul),
      sinceUs: read(at + layout.seconds) * 1_000_000n + read(at + layout.microseconds),
    })
  }
  return logins
}
