// SPDX-License-Identifier: Apache-2.0
/**
 * Work in a user's own directories, done by a process that has become that user: a second start of
 * this program. The agent itself never changes: set*id would change all its threads, and a spawned
 * child cannot be given supplementary groups.
 */
import * as fs from 'node:fs'
import {
  type Account,
  accountOf,
  identity,
  initGroups,
  setGroup,
  setUser,
} from '../../native/credentials.ts'
import { AgentError, OsError } from '../../src/errors.ts'
import { type KeysTask, workOnKeys } from './authorized-keys.ts'
import { type RunProgram, runProgram } from './run-program.ts'

/** First argument of the second start; nobody types it. */
export const AS_USER_MARK = '--qga-as-user'
/** The running program's file, also when its path has been replaced by an upgrade. */
const SELF = '/proc/self/exe'
const OUTPUT_MAX = 32 * 1024 * 1024

const STDIN = 0
const STDOUT = 1

interface Order {
  readonly user: string
  readonly work: KeysTask
}

type Report =
  | { readonly result: readonly string[] }
  | { readonly error: string; readonly code: string }

/**
 * Has a task carried out with a user's credentials, supplementary groups included, and no others.
 * @param limitMs a home may lie on a server, and the server of accounts be slow
 * @throws OsError in upstream's words
 */
export async function asUser(
  user: string,
  work: KeysTask,
  limitMs: number,
  run: RunProgram = runProgram,
): Promise<readonly string[]> {
  const order: Order = { user, work }
  const { kind, output } = await run({
    name: SELF,
    args: [AS_USER_MARK],
    input: Buffer.from(JSON.stringify(order)),
    limitMs,
    outputMax: OUTPUT_MAX,
  })
  const report = kind === 'exited' ? reportIn(output) : undefined
  if (report === undefined) {
    const why = kind === 'too-long' ? `no end after ${limitMs / 1000} seconds` : 'no answer'
    throw new OsError(`Cannot work as user '${user}': ${why}`, 'EIO')
  }
  if ('error' in report) throw new OsError(report.error, report.code)
  return report.result
}

/** The last line; the runtime may have said something of its own before. */
function reportIn(output: string): Report | undefined {
  try {
    return JSON.parse(output.slice(output.lastIndexOf('\n') + 1)) as Report
  } catch {
    return undefined
  }
}

/** The second start: reads an order, becomes the user, carries it out, reports. */
export function serveAsUser(): void {
  const { user, work } = JSON.parse(fs.readFileSync(STDIN, 'utf8')) as Order
  fs.writeFileSync(STDOUT, `\n${JSON.stringify(carryOut(user, work))}`)
}

function carryOut(user: string, work: KeysTask): Report {
  try {
    const lookup = `failed to lookup user '${user}'`
    const account = accountOf(lookup, user)
    // Upstream shows an errno that says nothing.
    if (account === undefined) throw new OsError(`${lookup}: Success`, 'ENOENT')
    become(account)
    process.umask(0o077)
    return { result: workOnKeys(account, work) }
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    return { error: error.message, code: error instanceof OsError ? error.code : 'EIO' }
  }
}

function become({ name, uid, gid }: Account): void {
  initGroups(`failed to set group for user '${name}'`, name, gid)
  setGroup(`failed to set effective group ID for user '${name}'`, gid)
  setUser(`failed to set effective user ID for user '${name}'`, uid)
  const { users, groups } = identity()
  const isComplete = users.every((id) => id === uid) && groups.every((id) => id === gid)
  if (!isComplete || (uid !== 0 && !hasNoCapabilities())) {
    throw new OsError(`failed to set effective user ID for user '${name}'`, 'EPERM')
  }
}

/** Secure bits can leave a process capabilities that its user has not: capabilities(7). */
function hasNoCapabilities(): boolean {
  return /^CapEff:\t0+$/m.test(fs.readFileSync('/proc/self/status', 'utf8'))
}
