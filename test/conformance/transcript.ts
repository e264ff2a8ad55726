// SPDX-License-Identifier: Apache-2.0
/** The text form of what an agent was sent and answered. */

import { createHash } from 'node:crypto'

/** What one step of a scenario came to. Lines are escaped and have placeholders for what varies. */
export interface Entry {
  /** Its note in the scenario; for readers only. */
  readonly note?: string
  /** `> ` what was sent, a line per write; `? ` a look at a file; `! ` a start or a new connection. */
  readonly asked: readonly string[]
  /** `< ` a reply; `= ` what was seen. */
  readonly answers: readonly string[]
}

export interface Transcript {
  /** Comment lines at the top: which agent, how started. */
  readonly head: readonly string[]
  readonly entries: readonly Entry[]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes are what this is about
const NOT_PLAIN = /[\x00-\x1f\x7f-\xff]|\\(?=x)/g
const LONG_STRING = /"[^"\\]{4096,}"/g
const ESCAPED = /\\x([0-9A-F]{2})/g

/** Bytes (latin1) → printable ASCII: \xNN for all others, and for a backslash that would look like one. */
export function escapeBytes(bytes: string): string {
  return bytes.replace(
    NOT_PLAIN,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** Long strings are told by length and digest. */
export function shorten(text: string): string {
  return text.replace(LONG_STRING, (string) => {
    const digest = createHash('sha256').update(string).digest('hex').slice(0, 16)
    return `"@${string.length - 2} characters, sha256 ${digest}@"`
  })
}

export function unescapeBytes(text: string): string {
  return text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

export function formatTranscript(transcript: Transcript): string {
  const head = transcript.head.map((line) => `# ${line}\n`).join('')
  const blocks = transcript.entries.map(({ note, asked, answers }) => {
    const lines = [...(note === undefined ? [] : [`# ${note}`]), ...asked, ...answers]
    return `${lines.join('\n')}\n`
  })
  return [head, ...blocks].join('\n')
}

export function parseTranscript(text: string): Transcript {
  const [head = '', ...blocks] = text.trimEnd().split('\n\n')
  return { head: head.split('\n').map((line) => line.slice(2)), entries: blocks.map(parseBlock) }
}

function parseBlock(block: string): Entry {
  const lines = block.split('\n')
  const strange = lines.filter((line) => !/^[#>?!<=] /.test(line))
  if (strange.length > 0) throw new SyntaxError(`Cannot read the transcript line "${strange[0]}"`)
  const note = lines.find((line) => line.startsWith('# '))
  return {
    ...(note === undefined ? {} : { note: note.slice(2) }),
    asked: lines.filter((line) => /^[>?!] /.test(line)),
    answers: lines.filter((line) => /^[<=] /.test(line)),
  }
}
