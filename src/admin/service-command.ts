// SPDX-License-Identifier: Apache-2.0
/** `-s install` and its like: upstream's spelling of `qga install`, with upstream's words where scripts may look for them. */
import type { Backend } from '../agent/backend.ts'
import { runAdministration } from './cli.ts'

/** @returns the exit code */
export async function runServiceCommand(
  backend: Backend,
  command: string,
  args: readonly string[],
): Promise<number> {
  const known = COMMANDS.get(command)
  if (known === undefined) {
    process.stdout.write('Unknown service command.\n')
    return 1
  }
  const { verb, done } = known
  if (verb === undefined) {
    process.stderr.write(`${done}\n`)
    return 0
  }
  const options = verb === 'install' && args.length > 0 ? ['--', ...args] : []
  const exitCode = await runAdministration(backend, [verb, ...options])
  if (exitCode === 0) process.stderr.write(`${done}\n`)
  return exitCode
}

const COMMANDS: ReadonlyMap<string, { readonly verb?: string; readonly done: string }> = new Map([
  ['install', { verb: 'install', done: 'Service was installed successfully.' }],
  ['uninstall', { verb: 'uninstall', done: 'Service was deleted successfully.' }],
  // There is no provider to register: what freezes needs none.
  ['vss-install', { done: 'Installation of VSS provider is skipped. fsfreeze will be disabled.' }],
  ['vss-uninstall', { done: 'Removal of VSS provider is skipped.' }],
])
