// SPDX-License-Identifier: Apache-2.0
/** What the agent says on standard error before its own log exists: GLib's default form. */

/** What GLib shows as \uXXXX: control characters, and a carriage return that no line feed follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const UNSAFE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/g

/** `process` is GLib's name for a program that has not told it one; the time is local. */
export function earlyLogLine(
  level: 'CRITICAL' | 'WARNING',
  message: string,
  pid: number,
  at: Date,
): string {
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) =>
    String(n).padStart(2, '0'),
  )
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0')
  const shown = message.replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `\n** (process:${pid}): ${level} **: ${hours}:${minutes}:${seconds}.${milliseconds}: ${shown}\n`
}
