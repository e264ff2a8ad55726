// SPDX-License-Identifier: Apache-2.0
/**
 * A command line as the program that it starts reads it, by the rules of CommandLineToArgvW:
 *
 *     "C:\Program Files\qga\qga.exe" -d -p "a \"b\""   →   C:\Program Files\qga\qga.exe, -d, -p, a "b"
 *
 * https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 */
export function argumentList(line: string): readonly string[] {
  const [, quoted, plain, rest = ''] = /^(?:"([^"]*)"?|(\S*))(.*)$/s.exec(line) ?? []
  return [quoted ?? plain ?? '', ...argumentsIn(rest)]
}

/** Those after the first, whose backslashes mean something before a quotation mark. */
function argumentsIn(text: string): readonly string[] {
  const found: string[] = []
  let argument: string | undefined
  let isQuoted = false
  for (const [part] of text.matchAll(/\\*"|\\+|\s+|[^\\"\s]+/g)) {
    if (part.endsWith('"')) {
      const backslashes = part.length - 1
      argument = (argument ?? '') + '\\'.repeat(backslashes >> 1)
      if (backslashes % 2 === 1) argument += '"'
      else isQuoted = !isQuoted
    } else if (isQuoted || !/^\s/.test(part)) {
      argument = (argument ?? '') + part
    } else if (argument !== undefined) {
      found.push(argument)
      argument = undefined
    }
  }
  return argument === undefined ? found : [...found, argument]
}
