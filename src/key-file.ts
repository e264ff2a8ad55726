// SPDX-License-Identifier: Apache-2.0
/**
 * GLib's key files: the format of qemu-ga.conf and of the agent's state. Values stay raw until
 * somebody who knows their type asks; the error texts are GLib's.
 */

/** The text is no key file, or a value in it is not of the type it should have. */
export class KeyFileError extends SyntaxError {
  override readonly name = 'KeyFileError'
}

/** Raw values by key, by group. The last of a repeated key wins; a repeated group goes on. */
export type KeyFile = ReadonlyMap<string, ReadonlyMap<string, string>>

/** GLib's idea of blanks: ASCII, without the vertical tab. */
const LEADING_BLANKS = /^[ \t\n\f\r]+/
const TRAILING_BLANKS = /[ \t\n\f\r]+$/

const GROUP = /^\[([^\]]*)\][ \t]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: GLib refuses them by name
const GROUP_NAME = /^[^[\x00-\x1f\x7f]+$/
/** A key, then at most one language in brackets: `Name[de_DE@euro]`. */
const KEY_NAME = /^(?! )[^[\]]*[^[\] ](?:\[[\p{L}\p{Nd}\p{Nl}\p{No}\-_.@]*\])?$/u

/**
 *     # comment                 only # begins a comment, only at the start of a line
 *     [general]                 a group; nothing but comments may come before the first
 *     path = /dev/ttyS0         blanks around = are dropped, those at the end kept
 *     name=a\sb                 a value, kept as it stands: see keyFileString()
 */
export function parseKeyFile(source: Uint8Array | string): KeyFile {
  const text = typeof source === 'string' ? source : decodeLossless(source)
  const groups = new Map<string, Map<string, string>>()
  let first: Map<string, string> | undefined
  let group: Map<string, string> | undefined
  const lines = text.split('\n')
  for (const [i, line] of lines.entries()) {
    const isLast = i === lines.length - 1
    const whole = !isLast && line.endsWith('\r') ? line.slice(0, -1) : line
    const content = untilNul(whole).replace(LEADING_BLANKS, '')
    if (content === '' || content.startsWith('#')) continue
    const [, header] = GROUP.exec(content) ?? []
    if (header !== undefined) {
      if (!GROUP_NAME.test(header)) {
        throw new KeyFileError(`Invalid group name: ${header.toWellFormed()}`)
      }
      group = groups.get(header) ?? new Map()
      groups.set(header, group)
      first ??= group
      continue
    }
    const [key, value] = parsePair(content, whole)
    if (group === undefined) throw new KeyFileError('Key file does not start with a group')
    checkKey(key, value, group === first)
    group.set(key, value)
  }
  return groups
}

function parsePair(content: string, line: string): [key: string, value: string] {
  const equals = content.indexOf('=')
  if (equals < 1) {
    const shown = line.replaceAll('\0', '\uFFFD').toWellFormed()
    throw new KeyFileError(
      `Key file contains line “${shown}” which is not a key-value pair, group, or comment`,
    )
  }
  return [
    content.slice(0, equals).replace(TRAILING_BLANKS, ''),
    content.slice(equals + 1).replace(LEADING_BLANKS, ''),
  ]
}

function checkKey(key: string, value: string, isFirstGroup: boolean): void {
  if (!KEY_NAME.test(key)) throw new KeyFileError(`Invalid key name: ${key.toWellFormed()}`)
  if (isFirstGroup && key === 'Encoding' && value.toUpperCase() !== 'UTF-8') {
    throw new KeyFileError(`Key file contains unsupported encoding “${value.toWellFormed()}”`)
  }
}

/** Reads a raw value as a string: escapes become what they stand for. */
export function keyFileString(key: string, raw: string): string {
  if (!raw.isWellFormed()) {
    const shown = raw.toWellFormed()
    throw new KeyFileError(
      `Key file contains key “${key}” with value “${shown}” which is not UTF-8`,
    )
  }
  return raw.replace(/\\(.?)/gsu, (_, letter: string) => {
    const meaning = ESCAPES.get(letter)
    if (meaning === undefined) throw uninterpretable(key)
    return meaning
  })
}

/** Reads a raw value as a boolean; `yes`, `TRUE` and the like are errors. */
export function keyFileBoolean(key: string, raw: string): boolean {
  const value = raw.replace(TRAILING_BLANKS, '')
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw uninterpretable(key)
}

function uninterpretable(key: string): KeyFileError {
  return new KeyFileError(
    `Key file contains key “${key}” which has a value that cannot be interpreted.`,
  )
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['s', ' '],
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\\', '\\'],
])

/** Writes a string as a value: the inverse of keyFileString(). */
export function escapeKeyFileString(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  // A line feed does not end the leading blanks, although it is escaped itself.
  return escaped.replace(/^(?:[ \t]|\\[nr])+/, (blanks) =>
    blanks.replaceAll(' ', '\\s').replaceAll('\t', '\\t'),
  )
}

/** Inside a line GLib works on C strings. */
function untilNul(line: string): string {
  const nul = line.indexOf('\0')
  return nul < 0 ? line : line.slice(0, nul)
}

/** UTF-8 sequences in bytes read as Latin-1, then whatever else is not ASCII. */
const SEQUENCE =
  /[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}|[\x80-\xff]/g

/**
 * UTF-8 to text, a byte that is not UTF-8 to a lone surrogate: a bad byte in one value must not
 * spoil the others, isWellFormed() then finds it, and toWellFormed() shows U+FFFD as GLib does.
 */
function decodeLossless(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(SEQUENCE, (sequence) =>
      sequence.length > 1
        ? Buffer.from(sequence, 'latin1').toString('utf8')
        : String.fromCharCode(0xdc00 + sequence.charCodeAt(0)),
    )
}
