// SPDX-License-Identifier: Apache-2.0
/**
 * The assignments of os-release(5).
 *
 *     PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
 *     VERSION_ID='12'
 *     ID=debian
 *     # comments and lines that assign nothing are passed over
 */

const ASSIGNMENT = /^[ \t]*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\r?$/
/** Within double quotes a backslash takes the meaning from these, and is itself elsewhere. */
const ESCAPED = /\\([$'"\\`])/g

/** The value of each variable; of one assigned twice the last. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = ASSIGNMENT.exec(line)
    if (match !== null) variables.set(match[1] as string, unquote(match[2] as string))
  }
  return variables
}

/** A quoted value ends at its quote, a bare one at the first blank or semicolon. */
function unquote(value: string): string {
  if (value.startsWith('"')) {
    const quoted = /^"((?:[^"\\]|\\.)*)/.exec(value)?.[1] ?? ''
    return quoted.replace(ESCAPED, '$1')
  }
  if (value.startsWith("'")) return value.slice(1).split("'", 1)[0] as string
  return value.split(/[ \t;]/, 1)[0] as string
}
