// SPDX-License-Identifier: Apache-2.0
/** A parser, with samples of what it is for. */
import type { RuleForms } from '../../src/config.ts'

export interface Parser {
  readonly name: string
  readonly samples: readonly Buffer[]
  /** What answers from a struct gives as many bytes as the struct has, whatever is in them. */
  readonly isStruct?: true
  parse(bytes: Buffer): unknown
}

/** A parser of text, of which the system gives bytes. */
export function ofText(
  name: string,
  samples: readonly string[],
  parse: (text: string) => unknown,
): Parser {
  return {
    name,
    samples: samples.map((sample) => Buffer.from(sample)),
    parse: (bytes) => parse(bytes.toString('latin1')),
  }
}

export function ofStruct(name: string, sizes: readonly number[], parse: Parser['parse']): Parser {
  return { name, samples: sizes.map((size) => Buffer.alloc(size)), isStruct: true, parse }
}

/** An entry and a path, from text that may have both. */
export function inRules({ isEntry, isPlain, covers, isUser }: RuleForms, text: string): unknown {
  const [entry = '', path = ''] = text.split('\0')
  if (covers(entry, path) && isEntry(entry) && path.length < entry.length)
    throw new Error('a rule covers what is above it')
  return [isEntry(entry), isPlain(path), isUser(entry, path)]
}

export const KEYS = [
  '# note\nssh-ed25519 AAAA me@here\n\nfrom="10.*" ssh-rsa BBBB\n',
  'ssh-rsa CCCC',
  '\r\n\r\n',
]
