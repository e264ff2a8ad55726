// SPDX-License-Identifier: Apache-2.0
/** `-s install` and its like: upstream's spelling of `qga install`, with upstream's words where scripts may look for them. */
import type { Backend } from '../agent/backend.ts'
import { runAdministration } from './cli.ts'

const DONE: ReadonlyMap<string, string> = new Map([
  ['install', 'Service was installed successfully.'],
  ['uninstall', 'Service was deleted successfully.'],
])

/** @returns the exit code */
export async function runServiceCommand(
  backend: Backend,
  command: string,
  args: readonly string[],
): Promise<number> {
  const helper = backend.helpers?.get(command)
  if (helper !== undefined) {
    await helper()
    return Number(process.exitCode ?? 0)
  }
  const done = DONE.get(command)
  if (done === undefined) {
    process.stdout.write('Unknown service command.\n')
    return 1
  }
  const options = command === 'install' && args.length > 0 ? ['--', ...args] : []
  const exitCode = await runAdministration(backend, [command, ...options])
  if (exitCode === 0) process.stderr.write(`${done}\n`)
  return exitCode
}
