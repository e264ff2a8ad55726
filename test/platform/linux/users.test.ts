// SPDX-License-Identifier: Apache-2.0
/** Who is logged in, by either way of knowing. */
import { describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type LoginSession, openLogind } from '../../../native/systemd.ts'
import { loggedInUsers } from '../../../platform/linux/users.ts'
import { needs } from '../../harness/needs.ts'
import { tempDir } from '../../harness/temp-dir.ts'
import { utmpRecord } from '../../harness/utmp.ts'

interface Known {
  readonly utmp?: string
  readonly sessions?: readonly Partial<LoginSession>[]
}

/** On a system that has the one, the other, both or neither. */
function users({ utmp, sessions }: Known) {
  using dir = tempDir()
  if (utmp !== undefined) writeFileSync(`${dir.path}/utmp`, utmp, 'latin1')
  if (sessions !== undefined) mkdirSync(`${dir.path}/sessions`)
  const plain = { user: 'alice', class: 'user', state: 'active', startedUs: 1_000_000n }
  return loggedInUsers({
    utmp: `${dir.path}/utmp`,
    sessions: `${dir.path}/sessions`,
    openLogind: () => ({ sessions: () => (sessions ?? []).map((one) => ({ ...plain, ...one })) }),
  })
}

const BOB = utmpRecord({ user: 'bob', seconds: 5, microseconds: 1 })

describe('guest-get-users', () => {
  test('takes utmp where it has users', () => {
    const found = users({ utmp: BOB, sessions: [{}] })
    expect(found).toEqual([{ user: 'bob', 'login-time': 5.000001 }])
  })

  test.each([[undefined], ['']])('takes logind where utmp is %p', (utmp) => {
    const found = users({ ...(utmp !== undefined && { utmp }), sessions: [{}] })
    expect(found).toEqual([{ user: 'alice', 'login-time': 1 }])
  })

  test('finds nobody where there is neither', () => {
    expect(users({})).toEqual([])
  })

  test('tells each user once, since the earliest login', () => {
    const found = users({
      sessions: [{ startedUs: 9_000_000n }, { user: 'carol' }, { startedUs: 2_500_000n }],
    })
    expect(found).toEqual([
      { user: 'alice', 'login-time': 2.5 },
      { user: 'carol', 'login-time': 1 },
    ])
  })

  test.each([
    [{ class: 'user' }, 1],
    [{ class: 'user-early' }, 1],
    [{ class: 'user-light' }, 1],
    [{ class: 'greeter' }, 0],
    [{ class: 'lock-screen' }, 0],
    [{ class: 'background' }, 0],
    [{ class: 'manager' }, 0],
    [{ state: 'online' }, 1],
    [{ state: 'closing' }, 0],
  ])('counts a session that is %p %p times', (session, times) => {
    expect(users({ sessions: [session] })).toHaveLength(times)
  })
})

/** Two sessions, and one that has gone when it is asked about; memory as the caller is to free it. */
const LIBRARY = `
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
int sd_get_sessions(char ***sessions) {
  *sessions = calloc(4, sizeof(char *));
  (*sessions)[0] = strdup("c1");
  (*sessions)[1] = strdup("gone");
  (*sessions)[2] = strdup("7");
  return 3;
}
static int text(const char *session, const char *a, const char *b, char **out) {
  if (strcmp(session, "gone") == 0) return -ENXIO;
  *out = strdup(strcmp(session, "c1") == 0 ? a : b);
  return 0;
}
int sd_session_get_class(const char *s, char **out) { return text(s, "greeter", "user", out); }
int sd_session_get_state(const char *s, char **out) { return text(s, "online", "active", out); }
int sd_session_get_username(const char *s, char **out) { return text(s, "gdm", "alice", out); }
#ifdef START_TIME
int sd_session_get_start_time(const char *s, uint64_t *usec) {
  *usec = strcmp(s, "c1") == 0 ? 1 : 1700000000123456ull;
  return 0;
}
#endif
`

function library(directory: string, ...options: string[]): string {
  const path = `${directory}/libsystemd.so.0`
  writeFileSync(`${directory}/library.c`, LIBRARY)
  const cc = ['cc', '-shared', '-fPIC', ...options, '-o', path, `${directory}/library.c`]
  const built = Bun.spawnSync(cc)
  if (built.exitCode !== 0) throw new Error(built.stderr.toString())
  return path
}

describe('openLogind()', () => {
  test.if(needs('cc'))('finds the sessions that are still there', () => {
    using dir = tempDir()
    const logind = openLogind(library(dir.path, '-DSTART_TIME'))
    expect(logind?.sessions()).toEqual([
      { user: 'gdm', class: 'greeter', state: 'online', startedUs: 1n },
      { user: 'alice', class: 'user', state: 'active', startedUs: 1_700_000_000_123_456n },
    ])
  })

  test.if(needs('cc'))('is undefined with a library that cannot tell when a session began', () => {
    using dir = tempDir()
    expect(openLogind(library(dir.path))).toBeUndefined()
  })

  test('is undefined without a library', () => {
    expect(openLogind('/nonexistent/libsystemd.so.0')).toBeUndefined()
  })
})
