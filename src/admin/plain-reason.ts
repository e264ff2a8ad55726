// SPDX-License-Identifier: Apache-2.0
import type { Startup } from '../startup.ts'

/** Why there would be no agent, on one line: without what GLib puts before it, and getopt's second telling. */
export function plainReason(start: Exclude<Startup, { kind: 'run' }>): string {
  if (start.kind === 'list-commands') return 'the options list commands, and start nothing'
  if (start.kind === 'service') return 'the options install or remove a service, and start nothing'
  const lines = (start.stderr || start.stdout).split('\n').filter((line) => line.trim() !== '')
  const told = lines.map((line) => line.replace(/^\*\* \(process:\d+\): \w+ \*\*: [\d:.]+: /, ''))
  return [...new Set(told)].join('; ')
}
