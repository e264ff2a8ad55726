// SPDX-License-Identifier: Apache-2.0
/** The client against an agent in this process, over a real socket. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { listenUnix } from '../../platform/linux/unix-listen.ts'
import { Client, RefusedError } from '../../src/client/client.ts'
import { ConnectionLost } from '../../src/client/connection.ts'
import { InvalidArguments } from '../../src/errors.ts'
import type { EncodedBytes } from '../../src/wire/base64.ts'
import { agentUnderTest, serverFor } from '../agent/agent-under-test.ts'
import { tempDir } from '../harness/temp-dir.ts'

const dir = tempDir()
const socket = `${dir.path}/s`
const content = new Uint8Array(48 * 1024 * 1024).fill(7)
const agent = agentUnderTest({
  'guest-sync': ({ id }) => id,
  'guest-sync-delimited': ({ id }) => id,
  'guest-get-time': () => 1795241752076340123n,
  'guest-get-load': () => ({ load1m: 0.25, load5m: 1e22, load15m: 0 }),
  'guest-file-read': () => ({ count: content.length, 'buf-b64': content, eof: true }),
  'guest-file-write': (args: { 'buf-b64': EncodedBytes }) => ({
    count: Buffer.concat(args['buf-b64'].decode()).length,
    eof: false,
  }),
  'guest-file-open': () => {
    throw new InvalidArguments('no such luck')
  },
  'guest-shutdown': ({ mode }: { mode?: string }) => {
    if (mode !== undefined) throw new InvalidArguments('not that mode')
  },
})

beforeAll(async () => {
  await listenUnix(socket, serverFor(agent))
})
afterAll(() => dir[Symbol.dispose]())

describe('Client', () => {
  test('keeps integers exact and makes doubles of numbers', async () => {
    using client = await Client.connect(socket)
    expect(await client.call('guest-get-time', {})).toBe(1795241752076340123n)
    expect(await client.call('guest-sync', { id: -(2n ** 63n) })).toBe(-(2n ** 63n))
    expect(await client.call('guest-get-load', {})).toEqual({
      load1m: 0.25,
      load5m: 1e22,
      load15m: 0,
    })
  })

  test('carries bytes both ways, as many as a reply can hold', async () => {
    using client = await Client.connect(socket)
    const sent = new Uint8Array(1_000_000).fill(9)
    const written = await client.call('guest-file-write', { handle: 1, 'buf-b64': sent })
    expect(written.count).toBe(sent.length)
    const read = await client.call('guest-file-read', { handle: 1, count: content.length })
    expect(Buffer.from(read['buf-b64']).equals(content)).toBe(true)
  })

  test('throws what the agent answers, and can be used again', async () => {
    using client = await Client.connect(socket)
    const refused = client.call('guest-file-open', { path: 'x' })
    await expect(refused).rejects.toThrow(new RefusedError('GenericError', 'no such luck'))
    expect(await client.call('guest-sync', { id: 5 })).toBe(5)
  })

  test('knows when a command that is silent has succeeded, and when not', async () => {
    using client = await Client.connect(socket)
    expect(await client.callUntyped('guest-shutdown', {})).toBeUndefined()
    await expect(client.callUntyped('guest-shutdown', { mode: 'x' })).rejects.toThrow(
      'not that mode',
    )
    expect(await client.call('guest-sync', { id: 6 })).toBe(6)
  })

  test('gives each of several calls at once its own answer', async () => {
    using client = await Client.connect(socket)
    const calls = [
      client.call('guest-sync', { id: 1 }),
      client.call('guest-file-open', { path: 'x' }),
      client.callUntyped('guest-shutdown', {}),
      client.call('guest-sync', { id: 2 }),
    ]
    const answers = await Promise.allSettled(calls)
    expect(answers.map((answer) => ('value' in answer ? answer.value : answer.status))).toEqual([
      1,
      'rejected',
      undefined,
      2,
    ])
  })

  test('gives up on an agent that does not answer in time', async () => {
    const stuck = agentUnderTest({
      'guest-sync-delimited': ({ id }) => id,
      'guest-get-osinfo': () => new Promise(() => {}),
    })
    await listenUnix(`${dir.path}/stuck`, serverFor(stuck))
    using client = await Client.connect(`${dir.path}/stuck`)
    await expect(client.call('guest-get-osinfo', {}, 20)).rejects.toThrow(ConnectionLost)
  })

  test('says what is wrong with a path', async () => {
    await expect(Client.connect(`${dir.path}/none`)).rejects.toThrow(
      `Cannot connect to "${dir.path}/none": no such file or directory`,
    )
  })
})
