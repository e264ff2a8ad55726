// SPDX-License-Identifier: Apache-2.0
/** What logs say about a request. Passwords, keys, input and file contents never get into it. */
import type { Command } from '../schema/command.ts'
import { membersOf } from '../schema/describe.ts'
import type { Request } from '../wire/envelope.ts'
import { encode } from '../wire/writer.ts'

/** Of what is longer than a line can have the beginning and the end are shown, so that padding hides nothing. */
const MEMBER_MAX = 512
const STRING_MAX = 256
const ENTRIES_MAX = 32
const DEPTH_MAX = 4
const SECRET = '(not logged)'

/** Starts with `read data`, which test suites and administrators look for, and names the command. */
export function readDataLine(command: Command, request: Request): string {
  const shown = shownArguments(command, request.arguments)
  return `read data, command: ${command.name}, arguments: ${shown}`
}

/**
 * Arguments as JSON on one line, secrets and members that the contract does not know left out. They are in the
 * order of the contract, where what names a thing comes first, whatever order the request has.
 */
export function shownArguments(command: Command, args: unknown): string {
  const given = new Map(entriesOf(args))
  const shown: string[] = []
  let known = 0
  for (const { name } of membersOf(command.args)) {
    if (!given.has(name)) continue
    known++
    const value = command.secret?.includes(name) ? SECRET : given.get(name)
    shown.push(`"${name}": ${shortened(shownText(value), MEMBER_MAX)}`)
  }
  const unknown = given.size - known
  return `{${shown.join(', ')}}${unknown === 0 ? '' : ` and ${unknown} unknown`}`
}

/** A value as JSON, without what would be cut anyway: it may be megabytes. */
export function shownText(value: unknown): string {
  return encode(lessOf(value)).join('').trimEnd()
}

/** The beginning, how many characters were left out, and the end. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const end = most >> 2
  const left = text.length - most
  return `${text.slice(0, most - end)}[${left} more]${text.slice(text.length - end)}`
}

function lessOf(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return shortened(value, STRING_MAX)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    if (depth >= DEPTH_MAX) return '[deeper]'
    return fewerOf(value).map((entry) => lessOf(entry, depth + 1))
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  // Numbers with their own digits are objects of their own kind.
  if (prototype !== null && prototype !== Object.prototype) return value
  if (depth >= DEPTH_MAX) return '[deeper]'
  const entries = Object.entries(value).slice(0, ENTRIES_MAX)
  return Object.fromEntries(entries.map(([name, entry]) => [name, lessOf(entry, depth + 1)]))
}

function fewerOf(list: readonly unknown[]): readonly unknown[] {
  if (list.length <= ENTRIES_MAX) return list
  const end = ENTRIES_MAX >> 2
  const left = list.length - ENTRIES_MAX
  return [...list.slice(0, ENTRIES_MAX - end), `[${left} more]`, ...list.slice(-end)]
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
