// SPDX-License-Identifier: Apache-2.0
/** Names in rules. */
import type { RuleForms } from '../../../src/config.ts'

/** Of a path: free of what Windows gives a meaning to, and not ended by what it leaves out. */
const PART = String.raw`[^\\:*?"<>|\0-\x1f]*[^\\:*?"<>|\0-\x1f. ]`
/** `C:\part\part`, `\\server\share\part`, with a backslash at the end or without. */
const PATH = new RegExp(String.raw`^(?:[A-Za-z]:(?=\\)|\\\\${PART}\\${PART})(?:\\${PART})*\\?$`)

export const ruleForms: RuleForms = {
  expected:
    'expected absolute paths without "." and "..", such as C:/Windows/win.ini, or C:/Logs/ for all below it',
  isEntry: (text) => PATH.test(backslashed(text)),
  isPlain: (path) => PATH.test(backslashed(path)) && !/[/\\]$/.test(path),
  covers: (entry, path) => {
    const [above, below] = [folded(entry), folded(path)]
    return above.endsWith('\\') ? below.startsWith(above) : below === above
  },
  isUser: (entry, name) => folded(entry) === folded(name),
}

/** A backslash is an escape in the configuration file; Windows takes either for the other. */
function backslashed(path: string): string {
  return path.replaceAll('/', '\\')
}

/**
 * File systems do not tell letters by their case. Those beyond ASCII are left as they are: which of them belong
 * together each volume says for itself, and a rule has them as the file does.
 */
function folded(text: string): string {
  return backslashed(text).replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}
