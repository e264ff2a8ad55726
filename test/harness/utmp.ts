// SPDX-License-Identifier: Apache-2.0
import { UTMPX } from '../../platform/linux/parse/utmp.ts'

const USER_PROCESS = 7

interface UtmpRecord {
  readonly type?: number
  readonly user: string
  readonly seconds: number
  readonly microseconds?: number
}

/** A record of utmp(5) as this machine's C library has it, latin1. */
export function utmpRecord(record: UtmpRecord, arch = process.arch as 'x64' | 'arm64'): string {
  const layout = UTMPX[arch]
  const bytes = Buffer.alloc(layout.bytes)
  bytes.writeInt16LE(record.type ?? USER_PROCESS, UTMPX.type)
  bytes.write(record.user, UTMPX.user, UTMPX.userBytes)
  const write =
    arch === 'x64'
      ? (value: number, at: number) => bytes.writeInt32LE(value, at)
      : (value: number, at: number) => bytes.writeBigInt64LE(BigInt(value), at)
  write(record.seconds, layout.seconds)
  write(record.microseconds ?? 0, layout.microseconds)
  return bytes.toString('latin1')
}
