// SPDX-License-Identifier: Apache-2.0
/** The id comes back whatever it is; sync, sync-delimited and the 0xFF around them. */
import { call, type Exchange, exchanges, type Scenario } from '../scenario.ts'

const ping = call('guest-ping')

export const ids: Scenario = {
  topic: 'ids',
  steps: [
    { note: 'any type', send: id('1') },
    ...exchanges(
      ...['0', '-1', '-0', 'null', 'true', 'false', '""', '"x"', '[]', '{}', '[null,[],{}]'].map(
        id,
      ),
      ...['9007199254740993', '-9223372036854775808', '9223372036854775807'].map(id),
      ...['9223372036854775808', '18446744073709551615', '1.5', '-0.5', '0.25'].map(id),
      id('{"return":1,"error":{"class":"x"},"id":{"id":null}}'),
      id('{"__proto__":1,"constructor":2,"toString":3}'),
      id('{"1":1,"0":0}'),
      id('[[[[[[[[1]]]]]]]]'),
    ),
    { note: 'strings are written in ASCII', send: id('"\u00c3\u00a9\u00e2\u0082\u00ac"') },
    ...exchanges(
      id('"\u00f0\u009f\u0098\u0080\\ud83d\\ude00"'),
      id('"\\"\\\\\\/\\b\\f\\n\\r\\t\'"'),
      id('"\\u0000\\u0001\\u001f \\u007f\\u0080\\uffef"'),
      id('"\\u2028\\u2029\\ufeff\\ufffd"'),
      id("'\"'"),
      id('{"\u00c3\u00a9\\n":"\\u00e9"}'),
    ),
    {
      note: 'numbers that are no 64-bit integers',
      send: id('18446744073709551616'),
      differs: {
        id: 'id-digits',
        ours: ['{"return": {}, "id": 18446744073709551616}'],
      },
    },
    ...(
      [
        ['-9223372036854775809'],
        ['1.0'],
        ['0.1'],
        ['1e3'],
        ['-0.0'],
        ['1E-7'],
        ['123456789.123456789123456789'],
        ['1e400'],
        ['[-1e999,1.50]'],
      ] as const
    ).map(([text]) => ({
      send: id(text),
      differs: {
        id: 'id-digits' as const,
        ours: [`{"return": {}, "id": ${text.replace(',', ', ')}}`],
      },
    })),
    {
      note: 'the order of members',
      send: id('{"b":1,"a":2}'),
      differs: { id: 'member-order', ours: ['{"return": {}, "id": {"b": 1, "a": 2}}'] },
    },
    { note: 'errors too, as long as there was an object', send: '{"execute":"foo","id":5}' },
    ...exchanges(
      '{"id":null}',
      '{"id":[1],"execute":7}',
      '{"id":"x","execute":"guest-ping","y":1}',
      '{"id":"x","execute":"guest-ping","arguments":7}',
      '{"id":"x","execute":"guest-sync"}',
      '{"id":"x","execute":"guest-file-close","arguments":{"handle":7}}',
      '{"id":"x","execute":"guest-ping",}',
      '{"id":1,"execute":"guest-ping","id":2}',
      '[{"id":1,"execute":"guest-ping"}]',
      '{"Id":1,"execute":"guest-ping"}',
    ),
  ],
}

export const sync: Scenario = {
  topic: 'sync',
  steps: [
    { send: call('guest-sync', { id: 123 }) },
    { send: call('guest-sync', { id: -1 }, { id: 'outer' }) },
    { note: 'delimited', send: call('guest-sync-delimited', { id: 123 }) },
    { note: 'as clients do it', send: `\u00ff${call('guest-sync-delimited', { id: 123 })}\n` },
    { send: call('guest-sync-delimited', { id: 1 }, { id: 'outer' }) },
    { note: 'the byte is for one reply only', send: `${delimited(1)}${ping}` },
    { send: `${delimited(1)}${delimited(2)}${ping}${delimited(3)}` },
    { note: 'errors have none', send: call('guest-sync-delimited', { id: 'x' }) },
    { send: `${call('guest-sync-delimited')}${ping}` },
    { send: call('guest-sync-delimited', { id: 1, x: 1 }) },
    { note: 'junk before it', send: `{"execute":"guest-pi\u00ff${delimited(5)}` },
    { send: `\u00ff\u00ff${delimited(9223372036854775807n)}` },
    { send: `{{{[[["\u00ff\n${delimited(6)}` },
    { note: 'in two writes', send: ['\u00ff', delimited(7)] },
    { note: 'another client', connect: true },
    { send: delimited(8) },
    { connect: true },
    { send: `\u00ff${delimited(9)}` },
  ],
}

function id(value: string): string {
  return `{"execute":"guest-ping","id":${value}}`
}

function delimited(number: number | bigint): string {
  return `{"execute":"guest-sync-delimited","arguments":{"id":${number}}}`
}

export const connections: Scenario = {
  topic: 'connections',
  steps: [
    { send: ping },
    { note: 'another client', connect: true },
    { send: ping },
    { note: 'a client that leaves something unfinished', connect: true, leave: '{"exec' },
    { note: 'the next one says 0xFF', ...stray(`\u00ff${ping}`, 3, '{"return": {}}') },
    { connect: true, leave: '["abc' },
    stray(`\u00ff${delimited(1)}`, 4, '\\xFF{"return": 1}'),
    { note: 'the next one does not', connect: true, leave: '{"execute":"guest-ping"' },
    {
      send: '}',
      differs: {
        id: 'parser-reset',
        ours: [
          '{"error": {"class": "GenericError", "desc": "5:24: JSON parse error, expecting value"}}',
        ],
      },
    },
    { connect: true, leave: '[{"a":1},' },
    {
      send: `2 ${ping}]`,
      differs: {
        id: 'parser-reset',
        ours: [
          '{"error": {"class": "GenericError", "desc": "QMP input must be a JSON object"}}',
          '{"return": {}}',
          '{"error": {"class": "GenericError", "desc": "6:36: JSON parse error, expecting value"}}',
        ],
      },
    },
  ],
}

/** The place of the 0xFF, which follows what was left; and no word of that. */
function stray(send: string, line: number, after: string): Exchange {
  const column = line === 3 ? 7 : 6
  const desc = `${line}:${column}: JSON parse error, stray '\\uFFFD'`
  const error = `{"error": {"class": "GenericError", "desc": "${desc}"}}`
  return { send, differs: { id: 'parser-reset', ours: [error, after] } }
}
