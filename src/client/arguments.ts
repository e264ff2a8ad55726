// SPDX-License-Identifier: Apache-2.0
/** `name=value` words of a command line → arguments of a command, typed as the contract says. */

import { MalformedRequest } from '../errors.ts'
import type { Command } from '../schema/command.ts'
import { type Described, membersOf } from '../schema/describe.ts'
import { Reader } from '../wire/reader.ts'

/** What was typed cannot be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * `name=value` takes the value as the contract types it: a number, true or false, or text; base64
 * members take plain text and encode it. `name:=JSON` takes JSON for everything else. A list takes
 * its items one by one: `arg=-l arg=/tmp`.
 * @param command undefined when the contract does not know it: everything is text then
 * @throws UsageError
 */
export function parseArguments(
  words: readonly string[],
  command: Command | undefined,
): Record<string, unknown> {
  const members = new Map(
    (command === undefined ? [] : membersOf(command.args)).map(({ name, type }) => [name, type]),
  )
  const args: Record<string, unknown> = {}
  for (const word of words) {
    const { name, isJson, text } = split(word)
    const type = members.get(name)
    if (isJson) args[name] = parseJson(name, text)
    else if (type?.kind === 'list') {
      const before = args[name]
      args[name] = [...(Array.isArray(before) ? before : []), parseValue(name, text, type.of)]
    } else args[name] = parseValue(name, text, type)
  }
  return args
}

const WORD = /^([^:=]+)(:?=)(.*)$/s

function split(word: string): { name: string; isJson: boolean; text: string } {
  const match = WORD.exec(word)
  if (match === null)
    throw new UsageError(`"${word}" is no argument: write name=value or name:=JSON`)
  return { name: match[1] as string, isJson: match[2] === ':=', text: match[3] as string }
}

function parseValue(name: string, text: string, type: Described | undefined): unknown {
  switch (type?.kind) {
    case 'int':
    case 'uint64':
    case 'uint16':
      if (!/^-?\d+$/.test(text)) throw new UsageError(`${name} takes an integer, not "${text}"`)
      return BigInt(text)
    case 'bool':
      if (text !== 'true' && text !== 'false') {
        throw new UsageError(`${name} takes true or false, not "${text}"`)
      }
      return text === 'true'
    case 'str':
      return type.base64 ? new TextEncoder().encode(text) : text
    case 'alternate':
      return parseAlternate(name, text, type.branches)
    case 'list':
    case 'struct':
    case 'union':
      throw new UsageError(`${name} takes JSON: ${name}:=…`)
    default:
      return text
  }
}

/** The first branch that takes the text. */
function parseAlternate(name: string, text: string, branches: readonly Described[]): unknown {
  for (const branch of branches) {
    try {
      return parseValue(name, text, branch)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
    }
  }
  return text
}

/** JSON with its integers exact. */
function parseJson(name: string, text: string): unknown {
  const reader = new Reader({ encoded: { parent: '', names: new Set() } })
  // The newline ends a number.
  reader.push(Buffer.from(`${text}\n`))
  const value = reader.next()
  if (value instanceof MalformedRequest) {
    throw new UsageError(`${name}:= is followed by what is no JSON: ${value.message}`)
  }
  if (value === undefined) throw new UsageError(`${name}:= is followed by JSON that ends too early`)
  if (reader.next() !== undefined) throw new UsageError(`${name}:= is followed by two values`)
  return value
}
