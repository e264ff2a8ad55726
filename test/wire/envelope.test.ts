// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { bucket, requestFrom } from '../../src/wire/envelope.ts'
import { read } from './read.ts'

function request(text: string) {
  return requestFrom(read([`${text}\n`])[0])
}

describe('requestFrom()', () => {
  test('takes a command with arguments and any id', () => {
    expect({ ...request('{"execute":"x","arguments":{},"id":null}') }).toMatchObject({
      execute: 'x',
      id: null,
    })
    expect('id' in request('{"execute":"x"}')).toBe(false)
  })

  test.each([
    ['[1]', 'QMP input must be a JSON object'],
    ['12', 'QMP input must be a JSON object'],
    ['1.5', 'QMP input must be a JSON object'],
    ['null', 'QMP input must be a JSON object'],
    ['{}', "QMP input lacks member 'execute'"],
    ['{"id":1}', "QMP input lacks member 'execute'"],
    ['{"execute":1}', "QMP input member 'execute' must be a string"],
    ['{"execute":null,"arguments":[]}', "QMP input member 'execute' must be a string"],
    ['{"arguments":null,"execute":"x"}', "QMP input member 'arguments' must be an object"],
    ['{"arguments":1.5,"execute":"x"}', "QMP input member 'arguments' must be an object"],
    ['{"exec-oob":"x"}', "QMP input member 'exec-oob' is unexpected"],
    ['{"execute":1,"x":1}', "QMP input member 'x' is unexpected"],
    ['{"execute":1,"zz":1}', "QMP input member 'execute' must be a string"],
  ])('refuses %s', (text, message) => {
    expect(() => request(text)).toThrow(message)
  })
})

describe('bucket()', () => {
  test.each([
    ['return', 401],
    ['id', 486],
    ['error', 489],
    ['class', 211],
    ['desc', 377],
    ['execute', 299],
    ['arguments', 447],
    ['exec-oob', 162],
  ])("of %s is upstream's", (key, expected) => {
    expect(bucket(key)).toBe(expected)
  })
})
