// SPDX-License-Identifier: Apache-2.0
/** What holds for the bytes of every reply line, whatever it says. */

/** Written so that it does not go back: strings may have millions of characters. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g
/** Escapes that a writer of ASCII needs; hex digits in upper case. */
const STRING_RULE = /^"[ !#-[\]-~]*(?:\\(?:["\\bfnrt]|u[0-9A-F]{4})[ !#-[\]-~]*)*"$/
/** A line without its strings: a space after every colon and comma, and nowhere else. */
const SPACING = /^(?:[^\s:,]|: (?! )|, (?! ))*$/

/** The rules that the line breaks; a line has its newline taken off. */
export function brokenRules(line: string, isSyncDelimited: boolean): readonly string[] {
  const broken: string[] = []
  const hasSentinel = line.startsWith('\xff')
  const mayHaveSentinel = isSyncDelimited && line.includes('{"return": ')
  if (hasSentinel && !mayHaveSentinel) broken.push('0xFF')
  const text = hasSentinel ? line.slice(1) : line
  if (!/^[ -~]*$/.test(text)) broken.push('ASCII')
  if (!SPACING.test(text.replace(STRING, ''))) broken.push('spacing')
  const isAscii = text.match(STRING)?.every((string) => STRING_RULE.test(string)) ?? true
  if (!isAscii) broken.push('strings')
  if (!/^\{"(?:return|error|id)": .*\}$/.test(text)) broken.push('envelope')
  return broken
}
