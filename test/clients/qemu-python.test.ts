// SPDX-License-Identifier: Apache-2.0
/** QEMU's own client in Python: a string for an id with each request, files in pieces of 1024 bytes. */
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { Scratch, serving } from '../harness/program.ts'

const PIECE = 1024

test('QEMU’s Python client knows its answers by their ids', async () => {
  using scratch = new Scratch()
  using agent = await serving()
  using client = await agent.connect()
  let count = 0
  async function execute<T>(name: string, args?: object): Promise<T> {
    const id = `__qmp#${String(++count).padStart(5, '0')}`
    const request = { execute: name, ...(args && { arguments: args }), id }
    client.send(`${JSON.stringify(request)}\r\n`)
    const reply = JSON.parse(await client.line()) as { return: T; id: string }
    expect(Object.keys(reply).sort()).toEqual(['id', 'return'])
    expect(reply.id).toBe(id)
    return reply.return
  }

  const stamp = 0x7fff_fffe
  expect(await execute<number>('guest-sync', { id: stamp })).toBe(stamp)
  expect(await execute<object>('guest-ping')).toEqual({})
  const { supported_commands: commands } = await execute<{ supported_commands: object[] }>(
    'guest-info',
  )
  expect(commands.length).toBeGreaterThan(40)
  expect(await execute<string>('guest-fsfreeze-status')).toBe('thawed')

  const path = scratch.file('file')
  const content = Buffer.alloc(2 * PIECE + 7, 'x')
  writeFileSync(path, content)
  const handle = await execute<number>('guest-file-open', { path, mode: 'r' })
  const pieces: Buffer[] = []
  for (let eof = false; !eof; ) {
    const piece = await execute<{ count: number; 'buf-b64': string; eof: boolean }>(
      'guest-file-read',
      { handle, count: PIECE },
    )
    const bytes = Buffer.from(piece['buf-b64'], 'base64')
    expect(bytes.length).toBe(piece.count)
    pieces.push(bytes)
    eof = piece.eof
  }
  expect(pieces.map(({ length }) => length)).toEqual([PIECE, PIECE, 7])
  expect(Buffer.concat(pieces).equals(content)).toBe(true)
  expect(await execute<object>('guest-file-close', { handle })).toEqual({})
})
