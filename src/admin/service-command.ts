// SPDX-License-Identifier: Apache-2.0
/** `-s install` and its like: upstream's spelling of `qga install`, with upstream's words where scripts may look for them. */
import type { Backend } from '../agent/backend.ts'
import { AgentError } from '../errors.ts'
import { runAdministration } from './cli.ts'

/** @returns the exit code */
export async function runServiceCommand(
  backend: Backend,
  command: string,
  args: readonly string[],
): Promise<number> {
  if (command === 'vss-install' || command === 'vss-uninstall')
    return await runFreezeCommand(backend, command)
  const known = COMMANDS.get(command)
  if (known === undefined) {
    process.stdout.write('Unknown service command.\n')
    return 1
  }
  const { verb, done } = known
  const options = verb === 'install' && args.length > 0 ? ['--', ...args] : []
  const exitCode = await runAdministration(backend, [verb, ...options])
  if (exitCode === 0) process.stderr.write(`${done}\n`)
  return exitCode
}

/** What freezes, beside the executable as qemu-ga has it. */
async function runFreezeCommand(
  { freezeCommand }: Backend,
  command: 'vss-install' | 'vss-uninstall',
): Promise<number> {
  try {
    await freezeCommand?.(command)
    return 0
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

const COMMANDS: ReadonlyMap<string, { readonly verb: string; readonly done: string }> = new Map([
  ['install', { verb: 'install', done: 'Service was installed successfully.' }],
  ['uninstall', { verb: 'uninstall', done: 'Service was deleted successfully.' }],
])
