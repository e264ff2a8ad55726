// SPDX-License-Identifier: Apache-2.0
// Observed 11.1.3 (GLib 2.90), as are the files in test/fixtures/linux/startup.
import { describe, expect, test } from 'bun:test'
import {
  escapeKeyFileString,
  KeyFileError,
  keyFileBoolean,
  keyFileString,
  parseKeyFile,
} from '../src/key-file.ts'

function parsed(text: string | Uint8Array) {
  return Object.fromEntries(
    [...parseKeyFile(text)].map(([group, keys]) => [group, Object.fromEntries(keys)]),
  )
}

function bytes(latin1: string): Uint8Array {
  return Buffer.from(latin1, 'latin1')
}

describe('parseKeyFile()', () => {
  test('keeps groups, keys and raw values', () => {
    expect(parsed('# c\n\n [a] \n k = v # not a comment \nx\t=\\s\\q\n[b]\n')).toEqual({
      a: { k: 'v # not a comment ', x: '\\s\\q' },
      b: {},
    })
  })

  test('lets the last of a repeated key win, and a repeated group go on', () => {
    expect(parsed('[a]\nk=1\nk=2\n[b]\n[a]\nl=3\nk=4')).toEqual({ a: { k: '4', l: '3' }, b: {} })
  })

  test('takes CRLF, but only as the end of a line', () => {
    expect(parsed('[a]\r\nk=v\r\n\r\nl=w\r\r\nm=x\r')).toEqual({
      a: { k: 'v', l: 'w\r', m: 'x\r' },
    })
  })

  test('takes languages, blanks inside keys and equals signs inside values', () => {
    expect(parsed('[a]\nName[de_DE@euro]=x\na b=c=d\n')).toEqual({
      a: { 'Name[de_DE@euro]': 'x', 'a b': 'c=d' },
    })
  })

  test('takes a name that an object would have', () => {
    expect(parseKeyFile('[a]\n__proto__=x\n').get('a')?.get('__proto__')).toBe('x')
    expect(parseKeyFile('[a]\n').get('a')?.get('constructor')).toBeUndefined()
  })

  test('ends a line at NUL', () => {
    expect(parsed('[a]\nk=v\0w\n\0junk\n')).toEqual({ a: { k: 'v' } })
  })

  test('reads bytes as UTF-8, and a view of a buffer as its own bytes only', () => {
    expect(parsed(Buffer.from('[a]\nk=é“😀\n').subarray(0, -2))).toEqual({
      a: { k: expect.stringMatching(/^é“/) },
    })
    expect(parsed(Buffer.from('k=v\n[a]\nk=é“😀\n').subarray(4))).toEqual({ a: { k: 'é“😀' } })
  })

  test('keeps bytes that are not UTF-8 out of the way of the other values', () => {
    const keys = parseKeyFile(bytes('[a]\nbad=x\xffy\ngood=\xc3\xa9\n')).get('a')
    expect(keys?.get('good')).toBe('é')
    expect(keys?.get('bad')?.isWellFormed()).toBe(false)
  })

  test.each([
    ['k=v\n', 'Key file does not start with a group'],
    ['junk\n', 'Key file contains line “junk” which is not a key-value pair, group, or comment'],
    ['[a]\n =x ', 'Key file contains line “ =x ” which is not a key-value pair, group, or comment'],
    ['[a]x', 'Key file contains line “[a]x” which is not a key-value pair, group, or comment'],
    ['[a]\n;c\r\n', 'Key file contains line “;c” which is not a key-value pair, group, or comment'],
    [
      'a\0=b',
      'Key file contains line “a\uFFFD=b” which is not a key-value pair, group, or comment',
    ],
    ['[]', 'Invalid group name: '],
    ['[a[b]', 'Invalid group name: a[b'],
    ['[a\tb]', 'Invalid group name: a\tb'],
    ['[a]\nk[=v', 'Invalid key name: k['],
    ['[a]\nk[d e]=v', 'Invalid key name: k[d e]'],
    ['[a]\nk [de]=v', 'Invalid key name: k [de]'],
    ['[a]\nk[de]l=v', 'Invalid key name: k[de]l'],
    ['[a]\nEncoding=latin1', 'Key file contains unsupported encoding “latin1”'],
    ['[a]\n[b]\n[a]\nEncoding=', 'Key file contains unsupported encoding “”'],
  ])('refuses %j', (text, message) => {
    expect(() => parseKeyFile(text)).toThrow(new KeyFileError(message))
    expect(() => parseKeyFile(text)).toThrow(SyntaxError)
  })

  test('shows one U+FFFD for each byte that is not UTF-8', () => {
    expect(() => parseKeyFile(bytes('\xe2\x82\xed\xa0\x80'))).toThrow(`“${'\uFFFD'.repeat(5)}”`)
  })

  test('takes the encoding that it has, and any outside the first group', () => {
    expect(parsed('[a]\nEncoding=utf-8\n[b]\nEncoding=x\n')).toEqual({
      a: { Encoding: 'utf-8' },
      b: { Encoding: 'x' },
    })
  })
})

describe('keyFileString()', () => {
  test('reads escapes', () => {
    expect(keyFileString('k', '\\sa\\n\\t\\r\\\\s; ')).toBe(' a\n\t\r\\s; ')
  })

  test.each(['\\', 'a\\', '\\q', '\\;', '\\\u{1f600}', '\\S'])('refuses %j', (raw) => {
    expect(() => keyFileString('path', raw)).toThrow(
      new KeyFileError(
        'Key file contains key “path” which has a value that cannot be interpreted.',
      ),
    )
  })

  test('refuses what is not UTF-8', () => {
    const raw = parseKeyFile(bytes('[a]\nk=x\xffy\n')).get('a')?.get('k') ?? ''
    expect(() => keyFileString('k', raw)).toThrow(
      new KeyFileError('Key file contains key “k” with value “x\uFFFDy” which is not UTF-8'),
    )
  })
})

describe('keyFileBoolean()', () => {
  test.each([
    ['true', true],
    ['1', true],
    ['1 \t\f\r', true],
    ['false', false],
    ['0', false],
  ])('reads %j', (raw, value) => expect(keyFileBoolean('k', raw)).toBe(value))

  test.each(['', 'yes', 'TRUE', '2', '01', 'true # c', 'true\v', '\udcff'])('refuses %j', (raw) => {
    expect(() => keyFileBoolean('verbose', raw)).toThrow(
      new KeyFileError(
        'Key file contains key “verbose” which has a value that cannot be interpreted.',
      ),
    )
  })
})

describe('escapeKeyFileString()', () => {
  test.each([
    [' x y ', '\\sx y '],
    ['\t x\ty\n z\\ w\r', '\\t\\sx\ty\\n z\\\\ w\\r'],
    ['\n \t x', '\\n\\s\\t\\sx'],
    ['\r x', '\\r\\sx'],
    ['\\n x', '\\\\n x'],
    ['\v x;“é', '\v x;“é'],
    ['', ''],
  ])('writes %j', (text, raw) => {
    expect(escapeKeyFileString(text)).toBe(raw)
    expect(keyFileString('k', raw)).toBe(text)
  })
})
