// SPDX-License-Identifier: Apache-2.0
/** What logs say about a request. Passwords, keys, input and file contents never get into it. */
import type { Command } from '../schema/command.ts'
import { membersOf } from '../schema/describe.ts'
import type { Request } from '../wire/envelope.ts'
import { encode } from '../wire/writer.ts'

/** Longer arguments are cut: a log line is for reading. */
const SHOWN_MAX = 1024
/** What is longer, wider or deeper is cut before it is written out: it may be megabytes. */
const STRING_MAX = 2 * SHOWN_MAX
const ENTRIES_MAX = 256
const DEPTH_MAX = 4
const SECRET = '(not logged)'

/** Starts with `read data`, which test suites and administrators look for, and names the command. */
export function readDataLine(command: Command, request: Request): string {
  const shown = shownArguments(command, request.arguments)
  return `read data, command: ${command.name}, arguments: ${shown}`
}

/** Arguments as JSON on one line, secrets and members that the contract does not know left out. */
export function shownArguments(command: Command, args: unknown): string {
  const members = membersOf(command.args).map(({ name }) => name)
  const shown: Record<string, unknown> = {}
  let unknown = 0
  for (const [member, value] of entriesOf(args)) {
    if (!members.includes(member)) unknown++
    else shown[member] = command.secret?.includes(member) ? SECRET : shownText(value)
  }
  const text = encode(shown).join('').trimEnd()
  const cut = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
  const others = unknown === 0 ? '' : ` and ${unknown} unknown`
  return `${cut}${others}`
}

/** A value without what would be cut anyway. */
export function shownText(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.slice(0, STRING_MAX)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    if (depth >= DEPTH_MAX) return '…'
    return value.slice(0, ENTRIES_MAX).map((entry) => shownText(entry, depth + 1))
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  // Numbers with their own digits are objects of their own kind.
  if (prototype !== null && prototype !== Object.prototype) return value
  if (depth >= DEPTH_MAX) return '…'
  const entries = Object.entries(value).slice(0, ENTRIES_MAX)
  return Object.fromEntries(entries.map(([name, entry]) => [name, shownText(entry, depth + 1)]))
}

/** An error's text may repeat what was wrong. */
export function withoutSecrets(command: Command, args: unknown, text: string): string {
  const secrets = entriesOf(args)
    .filter(([member]) => command.secret?.includes(member))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value) => typeof value === 'string' && value !== '')
  return secrets.reduce((kept: string, secret: string) => kept.replaceAll(secret, SECRET), text)
}

function entriesOf(args: unknown): readonly [string, unknown][] {
  return typeof args === 'object' && args !== null && !Array.isArray(args)
    ? Object.entries(args)
    : []
}
