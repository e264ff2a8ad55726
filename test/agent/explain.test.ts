// SPDX-License-Identifier: Apache-2.0
/** Every form of argument error, word for word as 11.1.3 says it. */
import { expect, test } from 'bun:test'
import { agentUnderTest, errorOf } from './agent-under-test.ts'

test.each([
  ['guest-ping', '{"foo":1}', "Parameter 'foo' is unexpected"],
  ['guest-sync', '{}', "Parameter 'id' is missing"],
  ['guest-sync', '{"id":"1"}', "Invalid parameter type for 'id', expected: integer"],
  ['guest-sync', '{"id":null}', "Invalid parameter type for 'id', expected: integer"],
  ['guest-sync', '{"id":true}', "Invalid parameter type for 'id', expected: integer"],
  ['guest-sync', '{"id":1.0}', "Invalid parameter type for 'id', expected: integer"],
  ['guest-sync', '{"id":1e3}', "Invalid parameter type for 'id', expected: integer"],
  [
    'guest-sync',
    '{"id":9223372036854775808}',
    "Invalid parameter type for 'id', expected: integer",
  ],
  ['guest-sync', '{"x":1}', "Parameter 'id' is missing"],
  ['guest-sync', '{"id":1,"x":1}', "Parameter 'x' is unexpected"],
  ['guest-file-open', '{"path":1}', "Invalid parameter type for 'path', expected: string"],
  [
    'guest-file-open',
    '{"path":"p","mode":null}',
    "Invalid parameter type for 'mode', expected: string",
  ],
  [
    'guest-file-write',
    '{"handle":1,"buf-b64":1}',
    "Invalid parameter type for 'buf-b64', expected: string",
  ],
  [
    'guest-file-write',
    '{"handle":1,"buf-b64":{"decode":1}}',
    "Invalid parameter type for 'buf-b64', expected: string",
  ],
  ['guest-file-write', '{"handle":"x"}', "Invalid parameter type for 'handle', expected: integer"],
  ['guest-file-seek', '{"handle":1,"offset":0}', "Parameter 'whence' is missing"],
  [
    'guest-file-seek',
    '{"handle":1,"offset":0,"whence":"bogus"}',
    "Parameter 'whence' does not accept value 'bogus'",
  ],
  [
    'guest-file-seek',
    '{"handle":1,"offset":0,"whence":1.5}',
    "Invalid parameter type for 'whence', expected: integer",
  ],
  [
    'guest-file-seek',
    '{"handle":1,"offset":0,"whence":true}',
    "Invalid parameter type for 'whence', expected: GuestFileWhence",
  ],
  [
    'guest-file-seek',
    '{"handle":1,"offset":0,"whence":[]}',
    "Invalid parameter type for 'whence', expected: GuestFileWhence",
  ],
  [
    'guest-exec',
    '{"path":"p","capture-output":1}',
    "Invalid parameter type for 'capture-output', expected: GuestExecCaptureOutput",
  ],
  [
    'guest-exec',
    '{"path":"p","capture-output":"all"}',
    "Parameter 'capture-output' does not accept value 'all'",
  ],
  ['guest-exec', '{"path":"p","arg":"x"}', "Invalid parameter type for 'arg', expected: array"],
  [
    'guest-exec',
    '{"path":"p","arg":["a",1]}',
    "Invalid parameter type for 'arg[1]', expected: string",
  ],
  ['guest-set-vcpus', '{}', "Parameter 'vcpus' is missing"],
  ['guest-set-vcpus', '{"vcpus":1}', "Invalid parameter type for 'vcpus', expected: array"],
  ['guest-set-vcpus', '{"vcpus":[1]}', "Invalid parameter type for 'vcpus[0]', expected: object"],
  ['guest-set-vcpus', '{"vcpus":[{}]}', "Parameter 'vcpus[0].logical-id' is missing"],
  ['guest-set-vcpus', '{"vcpus":[{"logical-id":0}]}', "Parameter 'vcpus[0].online' is missing"],
  [
    'guest-set-vcpus',
    '{"vcpus":[{"logical-id":0,"online":1}]}',
    "Invalid parameter type for 'vcpus[0].online', expected: boolean",
  ],
  [
    'guest-set-vcpus',
    '{"vcpus":[{"logical-id":0,"online":true,"x":1}]}',
    "Parameter 'vcpus[0].x' is unexpected",
  ],
  [
    'guest-set-vcpus',
    '{"vcpus":[{"logical-id":0,"online":true,"x":1}],"y":1}',
    "Parameter 'vcpus[0].x' is unexpected",
  ],
  [
    'guest-set-memory-blocks',
    '{"mem-blks":[{"phys-index":"1","online":true}]}',
    "Parameter 'mem-blks[0].phys-index' expects uint64",
  ],
  [
    'guest-set-memory-blocks',
    '{"mem-blks":[{"phys-index":18446744073709551616,"online":true}]}',
    "Parameter 'mem-blks[0].phys-index' expects uint64",
  ],
])('%s %s', async (name, args, text) => {
  const agent = agentUnderTest()
  expect(await errorOf(agent, name, args)).toBe(`GenericError: ${text}`)
  expect(agent.calls).toEqual([])
})

test("a negative uint64 wraps, as upstream's visitor does", async () => {
  const agent = agentUnderTest()
  await agent.ask(
    '{"execute":"guest-set-memory-blocks","arguments":{"mem-blks":[{"phys-index":-1,"online":true}]}}',
  )
  expect(agent.calls).toMatchObject([
    { args: { 'mem-blks': [{ 'phys-index': 18446744073709551615n, online: true }] } },
  ])
})
