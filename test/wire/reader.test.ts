// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { NumberText } from '../../src/wire/number.ts'
import { comparable, newReader, read, readOne } from './read.ts'

const REQUEST = `{"execute": "guest-file-write", 'arguments': {"handle": 1000, "buf-b64": "aGVs\\nbG8=",
 "x": [true, null, -1.5e3, "\\u00e9\\ud83d\\ude00 \xc3\xa9", {}]}, "id": 12345678901234567890}`

const VALUE = {
  execute: 'guest-file-write',
  arguments: {
    handle: 1000,
    'buf-b64': Buffer.from('hello'),
    x: [true, null, new NumberText('-1.5e3'), 'é😀 é', {}],
  },
  id: 12345678901234567890n,
}

describe('Reader', () => {
  test('reads a request that arrives at once', () => {
    expect(read([REQUEST]).map(comparable)).toEqual([VALUE])
  })

  test('reads a request cut at every byte', () => {
    for (let cut = 1; cut < REQUEST.length; cut++) {
      const values = read([REQUEST.slice(0, cut), REQUEST.slice(cut)])
      expect(values.map(comparable)).toEqual([VALUE])
    }
  })

  test('reads a request that arrives byte by byte', () => {
    expect(read([...REQUEST]).map(comparable)).toEqual([VALUE])
  })

  test('reads several requests of one chunk without anything between them', () => {
    expect(read([REQUEST + REQUEST]).map(comparable)).toEqual([VALUE, VALUE])
  })

  test('finishes a string and a bracket at once, a number and a word with the next byte', () => {
    expect(read(['"a"'])).toEqual(['a'])
    expect(read(['12'])).toEqual([])
    expect(read(['12', '\n'])).toEqual([12])
    expect(read(['null', ' '])).toEqual([null])
  })

  test('keeps members named like parts of an object', () => {
    const [value] = read(['{"__proto__": 1, "constructor": 2}'])
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ])
  })

  test('starts a clean value behind 0xFF', () => {
    expect(read(['{"execute":"guest-pi\xff{"id":1}']).map(comparable)).toEqual([
      `1:12: JSON parse error, stray '"guest-pi\ufffd'`,
      { id: 1 },
    ])
  })

  test('tells each 0xFF, and counts the second one column too far as upstream does', () => {
    expect(read(['\xff\xff']).map(comparable)).toEqual([
      "1:1: JSON parse error, stray '\ufffd'",
      "1:3: JSON parse error, stray '\ufffd'",
    ])
  })

  test('forgets an unfinished value when the peer changes, but goes on counting lines', () => {
    const reader = newReader()
    expect(read(['\n\n{"a": [1, "abc'], reader)).toEqual([])
    reader.reset()
    expect(read(['{}\n}'], reader).map(comparable)).toEqual([
      {},
      '4:1: JSON parse error, expecting value',
    ])
  })

  test('tells only the first fault of a value and passes over the rest', () => {
    expect(read(['{"a" 1, "b" 2, "c": [}]}', '{}']).map(comparable)).toEqual([
      "1:6: JSON parse error, expecting ':'",
      '1:24: JSON parse error, expecting value',
      {},
    ])
  })
})

describe('Reader tells', () => {
  test.each([
    ['{"a":1,}', '1:8: JSON parse error, expecting key'],
    ['{1:2}', '1:2: JSON parse error, expecting key'],
    ['{"a":1 "b"}', "1:8: JSON parse error, expected ',' or '}'"],
    ['[1 2]', "1:4: JSON parse error, expected ',' or ']'"],
    ['[,1]', '1:2: JSON parse error, expecting value'],
    ['{"a":1,"a":{"x":2}}', '1:19: JSON parse error, duplicate key'],
    ['[tru,xyz]', "1:2: JSON parse error, invalid keyword 'tru'"],
    ['["a\\x"]', '1:2: JSON parse error, invalid escape sequence in string'],
    ['["\xc3("]', '1:2: JSON parse error, invalid UTF-8 sequence in string'],
    ['["\\u12"]', '1:2: JSON parse error, \\u12" is not a valid Unicode character'],
    [
      '["\\ud83f\\udfff"]',
      '1:2: JSON parse error, \\ud83f\\udfff is not a valid Unicode character',
    ],
    ['["\\ud800\\u0041"]', '1:2: JSON parse error, \\ud800 is not a valid Unicode character'],
    ['-\n', "1:1: JSON parse error, stray '-\n'"],
    ['\x00', "1:1: JSON parse error, stray ''"],
  ])('%j', (text, message) => {
    expect(readOne(text)).toBe(message)
  })

  test('a long broken token cut to what upstream shows', () => {
    const [fault] = read([`"${'a'.repeat(5000)}\x01`])
    expect(comparable(fault)).toBe(`1:1: JSON parse error, stray '"${'a'.repeat(1023 - 8)}`)
  })
})
