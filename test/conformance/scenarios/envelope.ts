// SPDX-License-Identifier: Apache-2.0
/** What may stand around a command, and in which order the complaints come. */
import { call, changedExchanges, exchanges, type Scenario } from '../scenario.ts'

const ping = call('guest-ping')

export const envelope: Scenario = {
  topic: 'envelope',
  steps: [
    { note: 'no newline', ...one(ping) },
    { note: 'a newline', ...one(`${ping}\n`) },
    { note: 'CR LF', ...one(`${ping}\r\n`) },
    { note: 'single quotes', ...one("{'execute':'guest-ping'}") },
    { note: 'two in one write', ...one(ping + ping) },
    { note: 'one in several writes', send: ['{"exec', 'ute":"guest', '-ping"', '}'] },
    { note: 'byte by byte', send: [...ping] },
    {
      note: 'over several lines',
      ...one('{\n\t"execute" :\r\n "guest-ping"\n , "arguments":{ } }'),
    },
    { note: 'the name escaped', ...one('{"\\u0065xecute":"guest\\u002dping"}') },
    { note: 'nothing but whitespace', ...one(' \t\r\n\n') },
    { note: 'not an object', ...one('[1,2]') },
    ...exchanges('12\n', '12 13 \n', '"abc"', "'abc'", 'null\n', 'true\n', '[]', '-1.5e3\n'),
    { note: 'members of the wrong type', ...one('{"execute":1}') },
    ...exchanges(
      '{"execute":null}',
      '{"execute":["guest-ping"]}',
      '{"execute":{}}',
      '{"execute":"guest-ping","arguments":null}',
      '{"execute":"guest-ping","arguments":[]}',
      '{"execute":"guest-ping","arguments":"x"}',
      '{"execute":"guest-ping","arguments":1,"id":7}',
    ),
    { note: 'members that do not exist', ...one('{"exec-oob":"guest-ping"}') },
    ...exchanges(
      '{"exec-oob":"guest-ping","id":1}',
      '{"execute":"guest-ping","control":"x"}',
      '{"execute":"guest-ping","Execute":"guest-ping"}',
      '{"execute":"guest-ping","":1}',
      '{"execute":"guest-ping","\\u00e9":1}',
      '{"return":{}}',
      '{"error":{"class":"GenericError","desc":"x"},"id":3}',
    ),
    { note: 'several complaints: which comes first', ...one('{"execute":1,"x":1}') },
    ...exchanges(
      '{"x":1,"execute":1}',
      '{"execute":1,"zz":1}',
      '{"zz":1,"execute":1}',
      '{"execute":1,"arguments":1}',
      '{"arguments":1,"execute":1}',
      '{"arguments":1,"zz":1}',
      '{"control":1,"exec-oob":1}',
      '{"a":1,"b":2,"c":3,"d":4}',
      '{"arguments":[],"id":1}',
    ),
    { note: 'no command', ...one('{}') },
    ...exchanges('{"id":5}', '{"arguments":{}}', '{"arguments":{"id":1},"id":2}'),
    { note: 'no such command', ...one(call('foo', undefined, { id: 5 })) },
    ...exchanges(
      call(''),
      call('guest-pin'),
      call('guest-ping '),
      call('GUEST-PING'),
      call('guest_ping'),
      call('__proto__'),
      call('constructor'),
      call('toString', { x: 1 }),
      call('guest-\u00e9\u20ac\u{1f600}'),
      call('a"b\\c\u007f\t\n'),
      call('a\0b'),
      call('foo', { any: ['thing'] }),
      call('query-status'),
      call('qmp_capabilities'),
      call('guest-get-devices'),
    ),
    { note: 'arguments of a command that has none', ...one(call('guest-ping', { foo: 1 })) },
    ...exchanges(call('guest-ping', {}), call('guest-ping', { id: 1 }, { id: 2 })),
    { note: 'the same member twice', ...one('{"execute":"guest-ping","execute":"guest-info"}') },
    ...exchanges(
      '{"execute":"guest-ping","id":1,"id":1}',
      '{"execute":"guest-sync","arguments":{"id":1,"id":2},"id":3}',
      '{"execute":"guest-ping","id":{"a":1,"a":1}}',
      '{"execute":"guest-ping","id":{"a":1,"\\u0061":1}}',
    ),
    { note: 'good after bad', ...one(`{"a":1,}${ping}`) },
    ...changedExchanges(`}${ping}`, `]]${ping}`),
  ],
}

export const blockList: Scenario = {
  topic: 'block-list',
  options: ['-b', 'guest-ping,guest-get-time'],
  steps: [
    ...exchanges(ping),
    ...exchanges(
      call('guest-ping', { foo: 1 }, { id: 'x' }),
      call('guest-get-time'),
      call('guest-sync', { id: 1 }),
      call('guest-exec-status', { pid: 'x' }),
    ),
  ],
}

/** Younger than 7.2.22. */
export const allowList: Scenario = {
  topic: 'allow-list',
  only: '11.1.3',
  options: ['-a', 'guest-sync,guest-ping,guest-get-time'],
  steps: [
    ...exchanges(ping, call('guest-get-host-name'), call('guest-file-open'), call('foo')),
    { send: call('guest-get-time'), facts: ['TIME'] },
  ],
}

function one(send: string): { send: string } {
  return { send }
}
