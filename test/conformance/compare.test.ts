// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { inTargetsWords, sameAnswers } from './compare.ts'
import { nameFacts } from './facts.ts'
import { brokenRules } from './raw-rules.ts'
import { escapeBytes, formatTranscript, parseTranscript, unescapeBytes } from './transcript.ts'

const reply = (text: string) => [`< ${text}`]

describe('sameAnswers()', () => {
  test.each([
    ['{"return": {"a": 1, "b": [2]}}', '{"return": {"b": [2], "a": 1}}'],
    ['{"return": 9223372036854775807}', '{"return":9223372036854775807}'],
    ['\\xFF{"return": 1}', '\\xFF{"return": 1}'],
    ['{"return": {"pid": @pid@}}', '{"return": {"pid": @pid@}}'],
    ['{"return": "\\u00E9"}', '{"return": "\\xC3\\xA9"}'],
  ])('takes %p for %p', (left, right) => {
    expect(sameAnswers(reply(left), reply(right))).toBe(true)
  })

  test.each([
    ['{"return": 9223372036854775807}', '{"return": 9223372036854775806}'],
    ['{"return": 1}', '{"return": "1"}'],
    ['{"return": 1}', '{"return": 1.0}'],
    ['\\xFF{"return": 1}', '{"return": 1}'],
    ['{"return": {"pid": @pid@}}', '{"return": {"pid": "@pid@"}}'],
    ['{"return": {"pid": @pid@}}', '{"return": {"pid": 17}}'],
    ['{"return": [1, 2]}', '{"return": [2, 1]}'],
    ['{"return": {}}', '{"return": {}} {}'],
    ['{"return": {}, "id": null}', '{"return": {}}'],
  ])('does not take %p for %p', (left, right) => {
    expect(sameAnswers(reply(left), reply(right))).toBe(false)
  })

  test('counts replies', () => {
    expect(sameAnswers(reply('{}'), [...reply('{}'), ...reply('{}')])).toBe(false)
  })
})

test('inTargetsWords() replaces the texts of errors and nothing else', () => {
  const older = reply('{"error": {"class": "GenericError", "desc": "old \\"x\\""}}')
  const target = reply('{"error": {"class": "CommandNotFound", "desc": "new $1"}}')
  expect(inTargetsWords(older, target)).toEqual(
    reply('{"error": {"class": "GenericError", "desc": "new $1"}}'),
  )
  expect(inTargetsWords(reply('{"return": 1}'), target)).toEqual(reply('{"return": 1}'))
})

describe('brokenRules()', () => {
  test.each([
    ['{"return": {}}', false],
    ['{"id": {"a,b:c": [1, "x:,"]}, "error": {"class": "C", "desc": "\\u00E9\\""}}', false],
    ['\xff{"return": 1}', true],
    [`{"return": "${'A'.repeat(1_000_000)}"}`, false],
  ])('finds nothing wrong with %p', (line, isSyncDelimited) => {
    expect(brokenRules(line, isSyncDelimited)).toEqual([])
  })

  test.each([
    ['{"return":1}', 'spacing'],
    ['{"return": [1,2]}', 'spacing'],
    ['{"return": [1,  2]}', 'spacing'],
    ['{"return": {} }', 'spacing'],
    ['{"return": "\xe9"}', 'ASCII'],
    ['{"return": {}}\r', 'ASCII'],
    ['{"return": "\\u00e9"}', 'strings'],
    ['{"return": "\\/"}', 'strings'],
    ['\xff{"return": 1}', '0xFF'],
    ['{"event": 1}', 'envelope'],
  ])('finds in %p: %s', (line, rule) => {
    expect(brokenRules(line, false)).toContain(rule)
  })

  test('an error never has the 0xFF', () => {
    expect(brokenRules('\xff{"error": {"class": "C", "desc": "d"}}', true)).toEqual(['0xFF'])
  })
})

describe('transcripts', () => {
  test('bytes come back from their escapes', () => {
    const bytes = String.fromCharCode(...Array(256).keys(), 0x5c, 0x78, 0x34, 0x31)
    expect(escapeBytes(bytes)).toMatch(/^[ -~]*$/)
    expect(unescapeBytes(escapeBytes(bytes))).toBe(bytes)
  })

  test('parseTranscript() reads what formatTranscript() writes', () => {
    const transcript = {
      head: ['one', 'two'],
      entries: [
        { note: 'n', asked: ['> a', '> b'], answers: ['< c', '< d'] },
        { asked: ['? size f'], answers: ['= 0'] },
        { asked: ['! connect'], answers: [] },
      ],
    }
    expect(parseTranscript(formatTranscript(transcript))).toEqual(transcript)
  })

  test('a line of no kind is refused', () => {
    expect(() => parseTranscript('# head\n\n> a\nb\n')).toThrow(
      'Cannot read the transcript line "b"',
    )
  })
})

describe('nameFacts()', () => {
  test('names the time only when it is now', () => {
    const now = `{"return": ${BigInt(Date.now()) * 1_000_000n}}`
    expect(nameFacts(now, ['TIME'])).toBe('{"return": @TIME@}')
    const long = `{"return": ${BigInt(Date.now() - 60_000) * 1_000_000n}}`
    expect(nameFacts(long, ['TIME'])).toBe(long)
    expect(nameFacts('{"return": 5}', ['TIME'])).toBe('{"return": 5}')
  })
})
