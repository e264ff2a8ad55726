// SPDX-License-Identifier: Apache-2.0
/**
 * The file of keys that OpenSSH for Windows reads. Bytes, one character each (latin1): what is not asked about
 * comes out as it went in, whichever way its lines end.
 *
 *     # a comment
 *     ssh-ed25519 AAAAC3Nza…z9 somebody@somewhere
 */

/** The keys, last first, as upstream gives them. */
export function keysIn(text: string): string[] {
  return linesOf(text)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .reverse()
}

/** The file with those keys at its end that are no line of it yet; every line ends in a newline. */
export function withKeys(text: string, keys: readonly string[]): string {
  const lines = new Set(linesOf(text))
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
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  return lines.filter((line) => !unwanted.has(line.replace(/\r?\n$/, ''))).join('')
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/)
}
