// SPDX-License-Identifier: Apache-2.0
/** Who is logged in: by utmp(5), or by logind on systems that have given utmp up. */
import * as fs from 'node:fs'
import { type Logind, openLogind } from '../../native/systemd.ts'
import { errorCode, systemError } from '../../src/errno.ts'
import { type Login, parseUtmp } from './parse/utmp.ts'

export interface UserPlaces {
  readonly utmp: string
  /** logind's own; without it there is no logind to ask. */
  readonly sessions: string
  openLogind(): Logind | undefined
}

/** Looked for once: what koffi binds it never gives back, and this is asked all day long. */
let found: { readonly logind: Logind | undefined } | undefined

export const USER_PLACES: UserPlaces = {
  utmp: '/var/run/utmp',
  sessions: '/run/systemd/sessions',
  openLogind: () => {
    found ??= { logind: openLogind() }
    return found.logind
  },
}

/** Sessions of people, not of greeters, lock screens, services and the like. */
const PEOPLE = /^user(-|$)/

/** Each user once, in order of appearance, since their earliest login. */
export function loggedInUsers(places: UserPlaces): { user: string; 'login-time': number }[] {
  const earliest = new Map<string, bigint>()
  for (const { user, sinceUs } of logins(places)) {
    const known = earliest.get(user)
    if (known === undefined || sinceUs < known) earliest.set(user, sinceUs)
  }
  return Array.from(earliest, ([user, sinceUs]) => ({ user, 'login-time': Number(sinceUs) / 1e6 }))
}

function logins({ utmp, sessions, openLogind }: UserPlaces): Login[] {
  const recorded = parseUtmp(readUtmp(utmp), process.arch === 'arm64' ? 'arm64' : 'x64')
  // An empty file may be one that nobody writes any more.
  if (recorded.length > 0 || !fs.existsSync(sessions)) return recorded
  const known = openLogind()?.sessions() ?? []
  return known
    .filter((session) => PEOPLE.test(session.class) && session.state !== 'closing')
    .map(({ user, startedUs }) => ({ user, sinceUs: startedUs }))
}

function readUtmp(path: string): Buffer {
  // Not having one is usual by now, and an exception is dear.
  if (!fs.existsSync(path)) return Buffer.alloc(0)
  try {
    return fs.readFileSync(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0)
    throw systemError(`open("${path}")`, error)
  }
}
