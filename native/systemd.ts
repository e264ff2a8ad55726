// SPDX-License-Identifier: Apache-2.0
/** logind's sessions, by libsystemd: sd-login(3). Nothing here is opened before it is asked for. */
import { loadKoffi } from './koffi.ts'
import { bind } from './libc.ts'

export interface LoginSession {
  readonly user: string
  /** `user`, `greeter`, `manager` …: sd_session_get_class(3). */
  readonly class: string
  /** `online`, `active` or `closing`. */
  readonly state: string
  /** Microseconds since 1970-01-01 UTC. */
  readonly startedUs: bigint
}

export interface Logind {
  /** The sessions of this moment, those aside that end while they are looked at. */
  sessions(): LoginSession[]
}

type TextOf = (session: string, text: [bigint | null]) => number
type Address = bigint | null

const POINTER_BYTES = 8

/**
 * logind as the library sees it; undefined where there is no library, or one before 254: systems
 * with an older one keep utmp.
 */
export function openLogind(library = 'libsystemd.so.0'): Logind | undefined {
  const text = (name: string) =>
    bind<TextOf>(`int ${name}(const char *session, _Out_ void **text)`, library)
  const cGetSessions = bind<(sessions: [Address]) => number>(
    'int sd_get_sessions(_Out_ void **sessions)',
    library,
  )
  const cGetClass = text('sd_session_get_class')
  const cGetState = text('sd_session_get_state')
  const cGetUsername = text('sd_session_get_username')
  const cGetStartTime = bind<(session: string, usec: [number | bigint]) => number>(
    'int sd_session_get_start_time(const char *session, _Out_ uint64_t *usec)',
    library,
  )
  const cFree = bind<(pointer: Address) => void>('void free(void *pointer)')
  try {
    for (const bound of [cGetSessions, cGetClass, cGetState, cGetUsername, cGetStartTime]) bound()
  } catch {
    return undefined
  }

  function take(pointer: bigint): string {
    const value = loadKoffi().decode(pointer, 'char', -1) as string
    cFree()(pointer)
    return value
  }

  function textOf(get: () => TextOf, session: string): string | undefined {
    const text: [Address] = [null]
    return get()(session, text) < 0 || text[0] === null ? undefined : take(text[0])
  }

  function* names(): Generator<string> {
    const list: [Address] = [null]
    if (cGetSessions()(list) < 0 || list[0] === null) return
    for (let at = list[0]; ; at += BigInt(POINTER_BYTES)) {
      const pointer = BigInt(loadKoffi().decode(at, 'uint64_t') as number | bigint)
      if (pointer === 0n) break
      yield take(pointer)
    }
    cFree()(list[0])
  }

  return {
    sessions: () =>
      [...names()].flatMap((name) => {
        const user = textOf(cGetUsername, name)
        const usec: [number | bigint] = [0]
        if (user === undefined || cGetStartTime()(name, usec) < 0) return []
        return {
          user,
          class: textOf(cGetClass, name) ?? '',
          state: textOf(cGetState, name) ?? '',
          startedUs: BigInt(usec[0]),
        }
      }),
  }
}
