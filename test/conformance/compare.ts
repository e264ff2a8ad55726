// SPDX-License-Identifier: Apache-2.0
/** Whether two answers say the same: values, error classes and texts, whatever the order of members. */
import { MalformedRequest } from '../../src/errors.ts'
import { NumberText } from '../../src/wire/number.ts'
import { Reader } from '../../src/wire/reader.ts'
import { unescapeBytes } from './transcript.ts'

/** A placeholder that stands where a number stood. */
const BARE_PLACEHOLDER = /(?<=: )(@\w+@)(?=[,}])/g

/** A line of a transcript in a form that is equal for equal answers. */
function canonicalLine(line: string): string {
  const bytes = unescapeBytes(line.slice(2)).replace(BARE_PLACEHOLDER, '"number $1"')
  const isDelimited = bytes.startsWith('\xff')
  const value = parseReply(isDelimited ? bytes.slice(1) : bytes)
  if (value === undefined) return `unreadable ${bytes}`
  return `${isDelimited ? '0xFF ' : ''}${canonical(value)}`
}

/** The value of a reply line, integers exact; undefined when it is none. */
export function parseReply(line: string): NonNullable<unknown> | null | undefined {
  const reader = new Reader({ encoded: { parent: '', names: new Set() } })
  reader.push(Buffer.from(`${line}\n`, 'latin1'))
  const value = reader.next()
  const isWhole = !(value instanceof MalformedRequest) && reader.next() === undefined
  return isWhole ? value : undefined
}

export function canonical(value: unknown): string {
  if (value instanceof NumberText) return value.text
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(canonical).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}: ${canonical(member)}`,
    )
    return `{${members.sort().join(', ')}}`
  }
  return JSON.stringify(value)
}

export function sameAnswers(ours: readonly string[], theirs: readonly string[]): boolean {
  return canonicalLines(ours) === canonicalLines(theirs)
}

function canonicalLines(answers: readonly string[]): string {
  return answers.map((line) => (line.startsWith('= ') ? line : canonicalLine(line))).join('\n')
}

const DESC = /"desc": "(?:[^"\\]|\\.)*"/

/**
 * An older version's answers, with the texts of errors that it words otherwise than the target.
 * What is left has to be ours too.
 */
export function inTargetsWords(
  older: readonly string[],
  target: readonly string[],
): readonly string[] {
  return older.map((line, i) => {
    const text = DESC.exec(target[i] ?? '')?.[0]
    return text === undefined ? line : line.replace(DESC, () => text)
  })
}
