// SPDX-License-Identifier: Apache-2.0
/** The log's line about a request. Passwords, keys, input and file contents never get into it. */
import type { Command } from '../schema/command.ts'
import { membersOf } from '../schema/describe.ts'
import type { Request } from '../wire/envelope.ts'
import { encode } from '../wire/writer.ts'

/** Longer arguments are cut: a log line is for reading. */
const SHOWN_MAX = 1024

/** Starts with `read data`, which test suites and administrators look for, and names the command. */
export function readDataLine(command: Command, request: Request): string {
  const members = membersOf(command.args).map(({ name }) => name)
  const shown: Record<string, unknown> = {}
  let unknown = 0
  for (const [member, value] of Object.entries(request.arguments ?? {})) {
    if (!members.includes(member)) unknown++
    else shown[member] = command.secret?.includes(member) ? '(not logged)' : value
  }
  const text = encode(shown).join('').trimEnd()
  const cut = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
  const others = unknown === 0 ? '' : ` and ${unknown} unknown`
  return `read data, command: ${command.name}, arguments: ${cut}${others}`
}
