// SPDX-License-Identifier: Apache-2.0
/** A program's arguments as the one line that Windows hands to it, and its environment as one block. */

/** Free of what would end an argument or begin a quotation. */
const PLAIN = /^[^\s"]+$/

/**
 * The line from which CommandLineToArgvW and the C runtime make `argv` again:
 *
 *     C:\a b\c.exe, say "hi", C:\dir\     →  "C:\a b\c.exe" "say \"hi\"" C:\dir\
 *     "" (nothing), a b\                  →  "" "a b\\"
 */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quoted).join(' ')
}

/** Backslashes count only before a quotation mark: there they are doubled. */
function quoted(argument: string): string {
  if (PLAIN.test(argument)) return argument
  return `"${doubled(argument, '\\"')}"`
}

/**
 * Doubles the backslashes before each quotation mark and at the end, which is before one too.
 * @param mark what a quotation mark becomes
 */
function doubled(argument: string, mark: string): string {
  return argument
    .split('"')
    .map((part) => part + '\\'.repeat(part.length - lengthWithoutBackslashes(part)))
    .join(mark)
}

function lengthWithoutBackslashes(text: string): number {
  let length = text.length
  while (length > 0 && text[length - 1] === '\\') length--
  return length
}

/** Free of what cmd.exe gives a meaning to, outside quotation marks. */
const PLAIN_FOR_CMD = /^[\w#$*+./:?@\\-]+$/

/**
 * The line with which cmd.exe runs a batch file. To the file an argument is text: what cmd.exe would otherwise
 * act on, be it `&`, `|`, `>` or `%PATH%`, arrives as it was sent. A `%` is followed by an expression that is
 * always empty, so that no pair of them encloses a name; of a `"` there are two inside the quotation.
 */
export function batchCommandLine(cmd: string, script: string, args: readonly string[]): string {
  const inner = [`"${script}"`, ...args.map(quotedForCmd)].join(' ')
  return `"${cmd}" /e:ON /v:OFF /d /c "${inner}"`
}

function quotedForCmd(argument: string): string {
  if (PLAIN_FOR_CMD.test(argument) && !argument.endsWith('\\')) return argument
  return `"${doubled(argument, '""').replaceAll('%', '%%cd:~,%')}"`
}

/** Of a name given twice, in whatever case, the first counts; sorted, as Windows wants it. */
export function environmentBlock(entries: readonly string[]): Buffer {
  const byName = new Map<string, string>()
  for (const entry of entries) {
    // `=C:=C:\dir` is an entry too: the name begins with the sign.
    const equals = entry.indexOf('=', 1)
    const name = entry.slice(0, equals).toUpperCase()
    if (equals > 0 && !byName.has(name)) byName.set(name, entry)
  }
  const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const text = sorted.map(([, entry]) => `${entry}\0`).join('')
  return Buffer.from(text === '' ? '\0\0' : `${text}\0`, 'utf16le')
}

/** The value of a variable, its name in whatever case. */
export function variable(entries: readonly string[], name: string): string | undefined {
  const start = `${name.toUpperCase()}=`
  return entries.find((entry) => entry.toUpperCase().startsWith(start))?.slice(start.length)
}
