// SPDX-License-Identifier: Apache-2.0
/** What a broken or hostile host can send to the built executable: it lives, and 0xFF with a sync gets through. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Agent } from '../harness/agent.ts'
import { SLOW_MS, serving } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'

const MIB = 1024 * 1024

let agent: Agent
let client: RawClient
let nextId = 1

beforeAll(async () => {
  agent = await serving()
  client = await agent.connect()
})
afterAll(() => {
  client[Symbol.dispose]()
  agent[Symbol.dispose]()
})

/** The way back that the protocol promises: what came before it, once the sync is answered. */
async function recover(): Promise<readonly string[]> {
  const id = nextId++
  client.send(`\n\xff{"execute":"guest-sync-delimited","arguments":{"id":${id}}}`)
  return await client.linesBefore((line) => line === `\xff{"return": ${id}}`, SLOW_MS)
}

function errorsIn(lines: readonly string[]): string[] {
  return lines.map((line) => (JSON.parse(line) as { error: { desc: string } }).error.desc)
}

test('two requests in one write are both answered', async () => {
  client.send(
    '{"execute":"guest-sync","arguments":{"id":1}}{"execute":"guest-sync","arguments":{"id":2}}',
  )
  expect([await client.line(), await client.line()]).toEqual(['{"return": 1}', '{"return": 2}'])
})

test('a request cut at every byte is answered', async () => {
  const request =
    '{"execute": "guest-sync", "arguments": {"id": -9223372036854775808}, "id": "\\u00e9"}'
  for (let cut = 1; cut < request.length; cut++) {
    client.send(request.slice(0, cut))
    await new Promise((resolve) => setImmediate(resolve))
    client.send(request.slice(cut))
    expect(await client.line()).toBe('{"return": -9223372036854775808, "id": "\\u00E9"}')
  }
})

test.each([
  ['a string token of 64 MiB', () => `"${'a'.repeat(64 * MIB)}"`, 'JSON token size limit exceeded'],
  [
    'base64 of 64 MiB',
    () =>
      `{"execute":"guest-file-write","arguments":{"handle":1,"buf-b64":"${'QUJD'.repeat(16 * MIB)}"}}`,
    'JSON token size limit exceeded',
  ],
  [
    'more than two million tokens',
    () => `[${'1,'.repeat(MIB + 10)}1]`,
    'JSON token count limit exceeded',
  ],
  [
    'a million items of the wrong type',
    () => `{"execute":"guest-exec","arguments":{"path":"p","arg":[${'1,'.repeat(MIB - 20)}1]}}`,
    "Invalid parameter type for 'arg[0]', expected: string",
  ],
  [
    '1025 levels',
    () => `${'['.repeat(1025)}${']'.repeat(1025)}`,
    'JSON nesting depth limit exceeded',
  ],
])(
  '%s',
  async (_, make, message) => {
    client.send(make())
    const [first, ...others] = errorsIn(await recover())
    expect(first).toBe(message)
    expect(others.every((text) => text.includes('stray'))).toBe(true)
  },
  SLOW_MS,
)

test(
  '32 MiB of one word, of one string that never ends, and of noise',
  async () => {
    client.send('a'.repeat(32 * MIB))
    expect(errorsIn(await recover())[0]).toMatch(
      /^\d+:\d+: JSON parse error, invalid keyword 'a{1000}/,
    )
    client.send(`"${'b'.repeat(32 * MIB)}`)
    expect(errorsIn(await recover())[0]).toMatch(/^\d+:\d+: JSON parse error, stray '"b{1000}/)
    const noise = new Uint8Array(MIB)
    crypto.getRandomValues(noise.subarray(0, 65536))
    for (let at = 65536; at < MIB; at *= 2) noise.copyWithin(at, 0, at)
    client.send(noise)
    expect((await recover()).length).toBeGreaterThan(0)
  },
  SLOW_MS,
)
