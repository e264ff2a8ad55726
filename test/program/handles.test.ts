// SPDX-License-Identifier: Apache-2.0
/** The numbers of open files, and the file that they are kept in. */
import { expect, test } from 'bun:test'
import { statSync, writeFileSync } from 'node:fs'
import { ask, logLines, Scratch, serving } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'

function startAt(scratch: Scratch, counter: string) {
  writeFileSync(scratch.file('qga.state'), `[global]\nfd_counter=${counter}\n`)
  return serving({ directory: scratch.path, options: ['-v', '-l', scratch.file('log')] })
}

const open = (client: RawClient, path = '/dev/null') => ask(client, 'guest-file-open', { path })

test.each([['2147483647'], ['4294967296'], ['9007199254740993']])(
  'handles go on beyond 32 bits: %s',
  async (counter) => {
    using scratch = new Scratch()
    using agent = await startAt(scratch, counter)
    using client = await agent.connect()
    for (const handle of [BigInt(counter), BigInt(counter) + 1n]) {
      client.send('{"execute":"guest-file-open","arguments":{"path":"/dev/null"}}\n')
      expect(await client.line()).toBe(`{"return": ${handle}}`)
      client.send(`{"execute":"guest-file-close","arguments":{"handle":${handle}}}\n`)
      expect(await client.line()).toBe('{"return": {}}')
    }
    expect(scratch.read('qga.state')).toContain(`fd_counter=${BigInt(counter) + 2n}\n`)
  },
)

test.each(['-5', '9223372036854775807', '12x', '99999999999999999999'])(
  'a counter that is no handle starts anew: %s',
  async (counter) => {
    using scratch = new Scratch()
    using agent = await startAt(scratch, counter)
    using client = await agent.connect()
    expect(await open(client)).toEqual({ return: 1000 })
    expect(await agent.stop()).toBe(0)
    expect(logLines(scratch.read('log'))).toContain(
      `warning: ${scratch.file('qga.state')} has fd_counter=${counter}, which is no handle: numbering starts anew`,
    )
  },
)

test('an open that fails takes no number and writes nothing', async () => {
  using scratch = new Scratch()
  using agent = await startAt(scratch, '1000')
  using client = await agent.connect()
  const before = statSync(scratch.file('qga.state'))
  expect(await open(client, scratch.file('none'))).toHaveProperty('error')
  expect(statSync(scratch.file('qga.state'))).toEqual(before)
  expect(await open(client)).toEqual({ return: 1000 })
})
