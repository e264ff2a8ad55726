// SPDX-License-Identifier: Apache-2.0
/** `qga vss-install` and `qga vss-uninstall`: the provider beside the executable, as qemu-ga has it. */
import { win32 } from 'node:path'
import { AgentError } from '../../src/errors.ts'
import { registerProvider, unregisterProvider } from './vss-provider.ts'

/** @returns the exit code */
export function runVssCommand(command: 'vss-install' | 'vss-uninstall'): number {
  try {
    const directory = win32.dirname(process.execPath)
    if (command === 'vss-install') registerProvider(directory)
    else unregisterProvider(directory)
    return 0
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}
