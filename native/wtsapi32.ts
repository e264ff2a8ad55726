// SPDX-License-Identifier: Apache-2.0
/** Sessions of users: wtsapi32.dll, on the work pool. */
import { library } from './windows-library.ts'
import { copyOf, wideText } from './windows-memory.ts'

const bind = library('wtsapi32.dll')
const CURRENT_SERVER = 0
type Out<T> = [T]

/** WTS_SESSION_INFOW: a number, and things not looked at. */
export const SESSION_INFO_BYTES = 24
const WTSEnumerateSessionsW = bind<
  (
    server: number,
    reserved: number,
    version: number,
    sessions: Out<bigint | null>,
    count: Out<number>,
  ) => number
>(
  'int __stdcall WTSEnumerateSessionsW(intptr_t server, uint32_t reserved, uint32_t version, _Out_ void **sessions, _Out_ uint32_t *count)',
)
const WTSQuerySessionInformationW = bind<
  (
    server: number,
    session: number,
    kind: number,
    answer: Out<bigint | null>,
    size: Out<number>,
  ) => number
>(
  'int __stdcall WTSQuerySessionInformationW(intptr_t server, uint32_t session, int kind, _Out_ void **answer, _Out_ uint32_t *size)',
)
const WTSFreeMemory = bind<(memory: bigint) => void>('void __stdcall WTSFreeMemory(void *memory)')

/** WTSEnumerateSessionsW: the numbers of the sessions; none when the service does not answer. */
export async function sessions(): Promise<number[]> {
  const found: Out<bigint | null> = [null]
  const count: Out<number> = [0]
  const { result } = await WTSEnumerateSessionsW.later(CURRENT_SERVER, 0, 1, found, count)
  const [address] = found
  if (result === 0 || address === null) return []
  const bytes = copyOf(address, SESSION_INFO_BYTES * count[0])
  WTSFreeMemory(address)
  return Array.from({ length: count[0] }, (_, i) => bytes.readUInt32LE(SESSION_INFO_BYTES * i))
}

const WTS_USER_NAME = 5
const WTS_DOMAIN_NAME = 7
const WTS_SESSION_INFO = 24

/** WTSQuerySessionInformationW: WTSINFOW; undefined when the session has gone. */
export function sessionInfo(session: number): Promise<Buffer | undefined> {
  return query(session, WTS_SESSION_INFO)
}

/** WTSQuerySessionInformationW: who is logged in, in full; '' when nobody is. */
export async function sessionUser(session: number): Promise<{ user: string; domain: string }> {
  const user = await query(session, WTS_USER_NAME)
  const domain = await query(session, WTS_DOMAIN_NAME)
  return { user: user ? wideText(user) : '', domain: domain ? wideText(domain) : '' }
}

async function query(session: number, kind: number): Promise<Buffer | undefined> {
  const answer: Out<bigint | null> = [null]
  const size: Out<number> = [0]
  const { result } = await WTSQuerySessionInformationW.later(
    ...([CURRENT_SERVER, session, kind, answer, size] as const),
  )
  const [address] = answer
  if (result === 0 || address === null) return undefined
  const bytes = copyOf(address, size[0])
  WTSFreeMemory(address)
  return bytes
}
