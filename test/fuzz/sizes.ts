// SPDX-License-Identifier: Apache-2.0
/** Every parser of text with much of the same. A line names each beforehand, for whoever watches: it cannot be interrupted. */
import { writeSync } from 'node:fs'
import { KeyFileError } from '../../src/key-file.ts'
import { LINUX } from './linux-parsers.ts'
import type { Parser } from './parser.ts'
import { WINDOWS } from './windows-parsers.ts'

/** What grows with the square of its input takes minutes for this much. */
const LARGE_BYTES = 512 * 1024
const PIECES = [' ', '\n', '"', '\\', '=', 'a', '0 ', "'x", '\0', '/', '[', '\t\r']

for (const parser of [...LINUX, ...WINDOWS]) {
  if (parser.isStruct) continue
  for (const piece of PIECES) {
    writeSync(1, `${parser.name}: ${JSON.stringify(piece)}\n`)
    const text = piece.repeat(LARGE_BYTES / piece.length)
    // Within something, too: a search for blanks at the end may begin at each of them.
    parse(parser, `x${text}x`)
    parse(parser, text)
  }
}

function parse(parser: Parser, text: string): void {
  try {
    parser.parse(Buffer.from(text))
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error
  }
}
