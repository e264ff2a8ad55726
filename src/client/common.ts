// SPDX-License-Identifier: Apache-2.0
/** What the verbs of the client share on the command line. */
import { UsageError } from './arguments.ts'
import { USAGE } from './usage.ts'

/** Exit codes of `qga call` and `qga cp`. */
export const EXIT = { ok: 0, refused: 1, usage: 2, lost: 3, interrupted: 130 } as const

export const COMMON = {
  path: { type: 'string', short: 'p' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export function help(): number {
  process.stdout.write(USAGE)
  return EXIT.ok
}

export function socketPath(option: string | undefined): string {
  const path = option ?? process.env['QGA_SOCKET']
  if (path === undefined) throw new UsageError('which agent? give -p SOCKET or set QGA_SOCKET')
  return path
}

export function parseTimeout(text: string | undefined, otherwiseMs = 0): number {
  if (text === undefined) return otherwiseMs
  const seconds = Number(text)
  if (!(seconds > 0)) throw new UsageError(`--timeout takes seconds, not "${text}"`)
  return seconds * 1000
}
