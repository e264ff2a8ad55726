// SPDX-License-Identifier: Apache-2.0
/** The titles of the tests in a file that run: not those of groups, of skipped tests, or what else is in quotation marks. */

const START = /^[ \t]*test(?=[.(])/gm
/** Calls that go before the one with the title: `test.each(…)`, `test.if(…)`, and both. */
const MODIFIER = /^\.(?:if|each)\b/
const QUOTES = '\'"`'
const [OPEN, CLOSE] = ['([{', ')]}']

/** As the source has them, escapes and all. */
export function titlesIn(source: string): string[] {
  return Array.from(source.matchAll(START)).flatMap(({ index, 0: start }) => {
    return titleAt(source, index + start.length) ?? []
  })
}

function titleAt(source: string, start: number): string | undefined {
  let at = start
  for (;;) {
    const modifier = MODIFIER.exec(source.slice(at, at + 6))
    if (modifier === null) break
    at += modifier[0].length
    at = endOfTypes(source, at)
    if (source[at] !== '(') return undefined
    at = endOfGroup(source, at)
  }
  const first = /^\(\s*/.exec(source.slice(at))?.[0]
  if (first === undefined) return undefined
  at += first.length
  if (!QUOTES.includes(source[at] ?? ' ')) return undefined
  return source.slice(at + 1, endOfString(source, at) - 1)
}

/** Behind the types of a call, such as `<[string, () => void]>`; where there are none, there. */
function endOfTypes(source: string, start: number): number {
  let depth = 0
  for (let at = start; at < source.length && (depth > 0 || source[at] === '<'); at++) {
    if (source[at] === '<') depth++
    else if (source[at] === '>' && source[at - 1] !== '=' && --depth === 0) return at + 1
  }
  return start
}

/** Behind the bracket that closes the one at the beginning. */
function endOfGroup(source: string, start: number): number {
  let depth = 0
  let at = start
  while (at < source.length) {
    const character = source[at] as string
    if (source.startsWith('//', at)) at = endOfLine(source, at)
    else if (QUOTES.includes(character)) at = endOfString(source, at)
    else {
      at++
      if (OPEN.includes(character)) depth++
      else if (CLOSE.includes(character) && --depth === 0) break
    }
  }
  return at
}

function endOfLine(source: string, start: number): number {
  const end = source.indexOf('\n', start)
  return end < 0 ? source.length : end
}

/** Behind the quotation mark that ends the string. */
function endOfString(source: string, start: number): number {
  const quote = source[start] as string
  let at = start + 1
  while (at < source.length && source[at] !== quote) {
    if (source[at] === '\\') at += 2
    else if (quote === '`' && source.startsWith('${', at)) at = endOfGroup(source, at + 1)
    else at++
  }
  return at + 1
}
