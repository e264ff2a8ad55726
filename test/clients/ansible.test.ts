// SPDX-License-Identifier: Apache-2.0
/** The sequence of Ansible's connection plugin for libvirt: what it checks, runs and copies. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { ask, finished, Scratch, serving } from '../harness/program.ts'

const CHUNK = 64 * 1024
const NEEDED = ['exec', 'exec-status', 'file-close', 'file-open', 'file-read', 'file-write']

test('Ansible connects, runs a command, puts a file and fetches it', async () => {
  using scratch = new Scratch()
  using agent = await serving()
  using client = await agent.connect()
  const ask1 = async <T>(execute: string, args?: object) =>
    (await ask(client, execute, args)).return as T

  // It looks for these very objects: a key more, and it refuses the guest.
  const { supported_commands: commands } = await ask1<{ supported_commands: object[] }>(
    'guest-info',
  )
  for (const name of NEEDED) {
    expect(commands).toContainEqual({
      enabled: true,
      name: `guest-${name}`,
      'success-response': true,
    })
  }

  const command = { path: '/bin/sh', arg: ['-c', 'echo out; exit 3'], 'capture-output': true }
  const status = await finished(client, command)
  // It reads `exitcode` of whatever has exited.
  expect(status.exitcode).toBe(3)
  expect(Buffer.from(status['out-data'] ?? '', 'base64').toString()).toBe('out\n')

  const path = scratch.file('put')
  const content = Buffer.alloc(3 * CHUNK + 5, 'abc')
  const handle = await ask1<number>('guest-file-open', { path, mode: 'wb+' })
  for (let at = 0; at < content.length; at += CHUNK) {
    const part = content.subarray(at, at + CHUNK)
    const written = await ask1('guest-file-write', { handle, 'buf-b64': part.toString('base64') })
    expect(written).toEqual({ count: part.length, eof: false })
  }
  expect(await ask1('guest-file-close', { handle })).toEqual({})
  expect(readFileSync(path).equals(content)).toBe(true)

  const fetched: Buffer[] = []
  const reading = await ask1<number>('guest-file-open', { path, mode: 'r' })
  for (let eof = false; !eof; ) {
    const part = await ask1<{ eof: boolean; 'buf-b64': string }>('guest-file-read', {
      handle: reading,
      count: CHUNK,
    })
    fetched.push(Buffer.from(part['buf-b64'], 'base64'))
    eof = part.eof
  }
  expect(Buffer.concat(fetched).equals(content)).toBe(true)
  expect(await ask1('guest-file-close', { handle: reading })).toEqual({})
})
