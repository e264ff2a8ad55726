// SPDX-License-Identifier: Apache-2.0
/**
 * Proxmox VE's exchange: a connection for each call, guest-sync-delimited and the command in one write,
 * and an answer that has to be those two lines and nothing else.
 */
import { describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Agent } from '../harness/agent.ts'
import { fileSystemsForAll } from '../harness/freezing.ts'
import { canMount } from '../harness/loop-mounts.ts'
import { Scratch, SLOW_MS, serving, until } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'

/** Both answers, behind whatever an earlier call left in the channel. */
const ANSWER = /^.*\xff([^\n]+}\r?\n[^\n]+})\r?\n(.*)$/s

/** The process id, a zero, a counter. */
let sequence = 0
const nextId = () => `${process.pid}0${++sequence}`

function send(client: RawClient, id: string, execute: string, args: object): void {
  const sync = `{"arguments":{"id":${id}},"execute":"guest-sync-delimited"}`
  client.send(`${sync}\n${JSON.stringify({ execute, arguments: args })}\n`)
}

async function receive(client: RawClient, id: string): Promise<unknown> {
  const text = `${await client.line()}\n${await client.line()}\n${client.unfinished}`
  const [, answers = '', rest] = ANSWER.exec(text) ?? []
  expect(rest).toBe('')
  const [sync = '', answer = ''] = answers.split(/\r?\n/)
  // First as numbers, then letter by letter.
  expect(/"return": *(\d+)/.exec(sync)?.[1]).toBe(id)
  return JSON.parse(answer)
}

async function call(agent: Agent, execute: string, args: object = {}): Promise<unknown> {
  using client = await agent.connect()
  const id = nextId()
  send(client, id, execute, args)
  const answer = await receive(client, id)
  await client.close()
  return answer
}

const resultOf = async <T>(answer: Promise<unknown>) => ((await answer) as { return: T }).return

/** MIME's base64: lines of 76, and a newline at the end. */
const mime = (bytes: Buffer) => bytes.toString('base64').replace(/.{1,76}/g, '$&\n')

const held = fileSystemsForAll()

describe('Proxmox VE', () => {
  test('finds its two lines for every command, arguments or not', async () => {
    using agent = await serving()
    for (const name of ['guest-ping', 'guest-fsfreeze-status', 'guest-get-time', 'guest-info']) {
      expect(await call(agent, name)).toHaveProperty('return')
    }
    expect(await call(agent, 'guest-nothing')).toEqual({
      error: { class: 'CommandNotFound', desc: 'The command guest-nothing has not been found' },
    })
  })

  test('reads ASCII, whatever the guest calls its things', async () => {
    using scratch = new Scratch()
    using agent = await serving()
    const path = scratch.file('größe')
    using client = await agent.connect()
    const id = nextId()
    send(client, id, 'guest-file-open', { path: Buffer.from(path).toString('latin1') })
    const sync = await client.line()
    const answer = await client.line()
    expect(answer).toContain('gr\\u00F6\\u00DFe')
    expect(/^[\x20-\x7e]*$/.test(answer)).toBe(true)
    expect(sync).toStartWith('\xff')
  })

  test('finds its answer behind what an earlier call left half written', async () => {
    using agent = await serving()
    using client = await agent.connect()
    client.send('{"execute":"guest-pi')
    const id = nextId()
    client.send('\xff')
    send(client, id, 'guest-ping', {})
    let text = ''
    do text += `${await client.line()}\n`
    while (!ANSWER.test(text))
    expect(ANSWER.exec(text)?.[1]).toBe(`{"return": ${id}}\n{"return": {}}`)
  })

  test('writes and reads files with base64 in lines', async () => {
    using scratch = new Scratch()
    using agent = await serving()
    const path = scratch.file('file')
    const content = Buffer.from(Array.from({ length: 60 * 1024 }, (_, i) => (i * 7) & 0xff))
    const handle = await resultOf<number>(call(agent, 'guest-file-open', { path, mode: 'wb' }))
    const written = { handle, 'buf-b64': mime(content) }
    expect(await call(agent, 'guest-file-write', written)).toEqual({
      return: { count: content.length, eof: false },
    })
    expect(await call(agent, 'guest-file-close', { handle })).toEqual({ return: {} })
    expect(readFileSync(path).equals(content)).toBe(true)

    const reading = await resultOf<number>(call(agent, 'guest-file-open', { path, mode: 'rb' }))
    const seek = { handle: reading, offset: 1024, whence: 'set' }
    expect(await call(agent, 'guest-file-seek', seek)).toEqual({
      return: { position: 1024, eof: false },
    })
    let sum = 1024
    for (let eof = false; !eof; ) {
      const read = { handle: reading, count: 1024 * 1024 }
      const part = await resultOf<{ count: number; eof: boolean; 'buf-b64': string }>(
        call(agent, 'guest-file-read', read),
      )
      expect(Buffer.from(part['buf-b64'], 'base64').equals(content.subarray(sum))).toBe(true)
      sum += part.count
      eof = part.eof
    }
    expect(sum).toBe(content.length)
  })

  test('runs a program with input, and asks until it has exited', async () => {
    using agent = await serving()
    const args = {
      path: '/bin/cat',
      arg: [],
      'input-data': Buffer.from('in').toString('base64'),
      'capture-output': true,
    }
    const { pid } = await resultOf<{ pid: number }>(call(agent, 'guest-exec', args))
    let status: Record<string, unknown> = {}
    await until('cat has ended', async () => {
      status = await resultOf(call(agent, 'guest-exec-status', { pid }))
      return status['exited'] === true
    })
    expect(status).toEqual({
      exited: true,
      exitcode: 0,
      'out-data': 'aW4=',
      'out-truncated': false,
    })
  })

  test.if(canMount)(
    'asks for the status behind a freeze that it did not wait for, and hears "frozen"',
    async () => {
      using scratch = new Scratch()
      const hook = scratch.file('hook')
      const begun = scratch.file('begun')
      writeFileSync(hook, `#!/bin/sh\ntouch "${begun}"\nsleep 1\n`)
      chmodSync(hook, 0o755)
      using agent = await serving({ options: [`-F${hook}`] })
      const client = await agent.connect()
      send(client, nextId(), 'guest-fsfreeze-freeze-list', { mountpoints: [held.all.ext4] })
      await until('the freeze has begun', () => existsSync(begun))
      await client.close()
      expect(await call(agent, 'guest-fsfreeze-status')).toEqual({ return: 'frozen' })
      expect(await call(agent, 'guest-fsfreeze-thaw')).toEqual({ return: 1 })
      expect(await call(agent, 'guest-fsfreeze-status')).toEqual({ return: 'thawed' })
      writeFileSync(join(held.all.ext4, 'after'), '')
    },
    SLOW_MS,
  )
})
