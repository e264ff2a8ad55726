// SPDX-License-Identifier: Apache-2.0
/**
 * The file of keys that sshd(8) describes. Bytes, one character each (latin1): what is not asked
 * about comes out as it went in.
 *
 *     # a comment
 *     ssh-ed25519 AAAAC3Nza…z9 somebody@somewhere
 *     from="10.*",no-pty ssh-rsa AAAAB3Nza…Q== another
 */

/** The keys, last first, as upstream gives them. */
export function keysIn(text: string): string[] {
  return text
    .split('\n')
    .map(withoutBlanks)
    .filter((line) => line !== '' && !line.startsWith('#'))
    .reverse()
}

const BLANKS = ' \t\n\v\f\r'

/** Without those at its ends. The file is its user's: a search by pattern would take the square of a line of blanks. */
function withoutBlanks(line: string): string {
  let [start, end] = [0, line.length]
  while (start < end && BLANKS.includes(line[start] as string)) start++
  while (end > start && BLANKS.includes(line[end - 1] as string)) end--
  return line.slice(start, end)
}

/** The file with those keys at its end that are no line of it yet; every line ends in a newline. */
export function withKeys(text: string, keys: readonly string[]): string {
  const lines = new Set(text.split('\n'))
  let added = text === '' || text.endsWith('\n') ? text : `${text}\n`
  for (const key of keys) {
    if (lines.has(key)) continue
    lines.add(key)
    added += `${key}\n`
  }
  return added
}

/** The file without the lines that are one of the keys. */
export function withoutKeys(text: string, keys: readonly string[]): string {
  const unwanted = new Set(keys)
  const end = text.endsWith('\n') ? '\n' : ''
  const lines = text.slice(0, text.length - end.length).split('\n')
  const kept = lines.filter((line) => !unwanted.has(line))
  return kept.length === 0 ? '' : kept.join('\n') + end
}
