// SPDX-License-Identifier: Apache-2.0
/** Another user of the same machine, who means no good. */
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PLAIN_ENV } from './agent.ts'
import { needs } from './needs.ts'
import type { Scratch } from './program.ts'

export const OTHER = 65534
const ACCESS_LIST = join(import.meta.dir, 'access-list.py')

/** Two users, and a way to be the other one. */
export const hasSomebody = needs('root') && needs('setpriv')

/** What goes before a command line that the other user runs, without any capability. */
export const asOther = [
  'setpriv',
  `--reuid=${OTHER}`,
  `--regid=${OTHER}`,
  '--clear-groups',
  '--bounding-set=-all',
  '--inh-caps=-all',
] as const

/** A directory that the other user owns, in one that the other user may enter. */
export function othersDirectory(scratch: Scratch, name: string): string {
  chmodSync(scratch.path, 0o755)
  const path = scratch.file(name)
  mkdirSync(path)
  chownSync(path, OTHER, OTHER)
  return path
}

/** Lets the other user write what is root's, by an access control list: the mode shows a group that may. */
export function letOtherWrite(path: string): void {
  const { exitCode, stderr } = Bun.spawnSync(['python3', '-I', ACCESS_LIST, path])
  if (exitCode !== 0) throw new Error(`Cannot make an access control list: ${stderr}`)
}

/** Runs a shell script as the other user, to its end. */
export function otherDoes(script: string): void {
  const { exitCode, stderr } = Bun.spawnSync([...asOther, 'sh', '-ec', script])
  if (exitCode !== 0) throw new Error(`Cannot do that as another user: ${stderr}`)
}

/** Has the other user exchange pairs of names without a pause, until `using` ends it. */
export function exchanging(...names: readonly string[]): { [Symbol.dispose](): void } {
  const script = join(import.meta.dir, 'exchange.py')
  const process = Bun.spawn([...asOther, 'python3', '-I', '-', ...names], {
    stdin: Bun.file(script),
    // A developer's own python3 may lie where nobody else may go.
    env: PLAIN_ENV,
  })
  return { [Symbol.dispose]: () => process.kill('SIGKILL') }
}
