// SPDX-License-Identifier: Apache-2.0
/** Arguments that do not fit the contract: nothing here reaches a handler that does anything. */
import { call, exchanges, type Scenario, type Step } from '../scenario.ts'

/** JSON values of every type, as text: some have no counterpart in JavaScript. */
const VALUES = ['null', 'true', '1', '-1', '1.5', '1e3', '"x"', '[]', '{}']

export const argumentErrors: Scenario = {
  topic: 'arguments',
  steps: [
    { note: 'missing', send: call('guest-sync') },
    ...exchanges(
      call('guest-sync', {}),
      call('guest-sync-delimited'),
      call('guest-file-open'),
      call('guest-file-open', { mode: 'r' }),
      call('guest-file-close'),
      call('guest-file-read', { count: 1 }),
      call('guest-file-write', { handle: 1 }),
      call('guest-file-write', { 'buf-b64': '' }),
      call('guest-file-seek', { handle: 1 }),
      call('guest-file-seek', { handle: 1, offset: 0 }),
      call('guest-file-seek', { offset: 0, whence: 0 }),
      call('guest-file-flush'),
      call('guest-exec'),
      call('guest-exec', { arg: [] }),
      call('guest-exec-status'),
    ),
    { note: 'unexpected', send: call('guest-sync', { id: 1, x: 2 }) },
    ...exchanges(
      call('guest-ping', { '': 1 }),
      call('guest-info', { id: 1 }, { id: 1 }),
      call('guest-get-time', { x: null }),
      call('guest-get-host-name', { x: [] }),
      call('guest-get-timezone', { x: {} }),
      call('guest-get-osinfo', { 'a.b': 1 }),
      call('guest-file-close', { handle: 1, Handle: 1 }),
      call('guest-sync', { Id: 1 }),
      call('guest-ping', { '\u00e9\n': 1 }),
    ),
    { note: 'the declared ones come first, in their order', send: call('guest-sync', { x: 2 }) },
    ...exchanges(
      call('guest-sync', { x: 2, id: '1' }),
      call('guest-file-open', { mode: 1, path: 2 }),
      call('guest-file-open', { mode: 1, x: 1, path: 'a' }),
      call('guest-file-read', { count: 'a', handle: 'b' }),
      call('guest-file-seek', { whence: 'x', offset: 'y', handle: 1 }),
      call('guest-exec', { 'capture-output': 1, env: 1, arg: [1], path: 'x' }),
    ),
    { note: 'integers', send: sync('9223372036854775807') },
    ...exchanges(
      ...['-9223372036854775808', '0', '-0', '9223372036854775808', '-9223372036854775809'].map(
        sync,
      ),
      ...['18446744073709551615', '18446744073709551616', '1.0', '1e3', '1E0', '-0.0'].map(sync),
      ...['9007199254740993', '-9007199254740993', '1e400'].map(sync),
      ...VALUES.map(sync),
    ),
    { note: 'strings', send: member('guest-file-open', 'path', 'null') },
    ...exchanges(
      ...VALUES.filter((value) => value !== '"x"' && value !== 'null').map((value) =>
        member('guest-file-open', 'path', value),
      ),
      ...['null', 'true', '1', '[]', '{}'].map(
        (value) => `{"execute":"guest-file-open","arguments":{"path":"x","mode":${value}}}`,
      ),
      ...['null', '1', '[]'].map(
        (value) => `{"execute":"guest-file-write","arguments":{"handle":1,"buf-b64":${value}}}`,
      ),
    ),
    { note: 'lists', send: exec('arg', 'null') },
    ...exchanges(
      ...['true', '1', '"x"', '{}', '[1]', '["a",null]', '["a","b",["c"]]', '[{}]'].map((value) =>
        exec('arg', value),
      ),
      ...['null', '"A=b"', '{"A":"b"}', '[null]', '["A=b",true]'].map((value) =>
        exec('env', value),
      ),
      ...['null', '1', '["QQ=="]'].map((value) => exec('input-data', value)),
    ),
    { note: 'alternates', send: exec('capture-output', 'null') },
    ...exchanges(
      ...['1', '1.5', '[]', '{}', '"x"', '""', '"Separated"', '"true"', '"MERGED"'].map((value) =>
        exec('capture-output', value),
      ),
      ...['null', 'true', '[]', '{}', '1.5', '1e0', '"x"', '""', '"SET"', '"set "'].map(whence),
      ...['9223372036854775808', '-9223372036854775809', '"\\u00e9"', '3', '-1'].map(whence),
    ),
  ],
}

function sync(id: string): string {
  return member('guest-sync', 'id', id)
}

function member(command: string, name: string, value: string): string {
  return `{"execute":"${command}","arguments":{"${name}":${value}}}`
}

/** The path leads nowhere, should a value be taken after all. */
function exec(name: string, value: string): string {
  return `{"execute":"guest-exec","arguments":{"path":"/nonexistent/program","${name}":${value}}}`
}

function whence(value: string): string {
  return `{"execute":"guest-file-seek","arguments":{"handle":1,"offset":0,"whence":${value}}}`
}

/** Every value is of a wrong type or stands beside one that is: no request could change anything. */
function nested(command: string, list: string, key: string): readonly Step[] {
  const inList = (items: string) => member(command, list, `[${items}]`)
  return exchanges(
    call(command),
    call(command, {}),
    ...['null', '1', '"x"', '{}', 'true'].map((value) => member(command, list, value)),
    ...['1', 'null', '[]', '"x"', '{}', '{"x":1}'].map(inList),
    ...['null', '"0"', '1.5', 'true', '[]', '{}'].map((value) => inList(`{"${key}":${value}}`)),
    inList(`{"${key}":0}`),
    ...['null', '1', '"true"', '[]'].map((value) => inList(`{"${key}":0,"online":${value}}`)),
    inList(`{"${key}":0,"online":1,"x":1}`),
    inList(`{"${key}":9223372036854775808,"online":"x"}`),
    inList(`{"${key}":18446744073709551616,"online":"x"}`),
    inList(`{"${key}":-1,"online":"x"}`),
    inList(`{"${key}":0,"online":true,"can-offline":1}`),
    inList(`{"${key}":0,"online":true,"x":1}`),
    inList(`{"${key}":0,"online":true,"can-offline":false},{"${key}":1}`),
    inList(`{"${key}":0,"online":true},7`),
  )
}

export const vcpuArguments: Scenario = {
  topic: 'arguments-vcpus',
  steps: nested('guest-set-vcpus', 'vcpus', 'logical-id'),
}

export const memoryBlockArguments: Scenario = {
  topic: 'arguments-memory-blocks',
  steps: nested('guest-set-memory-blocks', 'mem-blks', 'phys-index'),
}
