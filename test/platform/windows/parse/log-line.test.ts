// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { parseLogLines } from '../../../../platform/windows/parse/log-line.ts'
import { earlyLogLine } from '../../../../src/early-log.ts'
import { type Level, logLine } from '../../../../src/log.ts'

const LEVELS: readonly (readonly [Level, string])[] = [
  ['error', 'error'],
  ['critical', 'error'],
  ['warning', 'warning'],
  ['message', 'information'],
  ['info', 'information'],
  ['debug', 'information'],
]

test.each(LEVELS)('a line of level %s is an event of type %s', (level, type) => {
  expect(parseLogLines(logLine(level, 'a: b'))).toEqual([{ type, text: 'a: b' }] as never)
})

test('several lines, and one message of several', () => {
  const text = logLine('critical', 'one') + logLine('error', 'two\n    at somewhere')
  expect(parseLogLines(text)).toEqual([
    { type: 'error', text: 'one' },
    { type: 'error', text: 'two\n    at somewhere' },
  ])
})

test('what is said before the log exists', () => {
  const early = earlyLogLine('CRITICAL', 'no such file', 12, new Date())
  expect(parseLogLines(early)).toEqual([{ type: 'error', text: 'no such file' }])
  expect(parseLogLines('anything\n')).toEqual([{ type: 'information', text: 'anything' }])
})
