// SPDX-License-Identifier: Apache-2.0
/** What name the system gets to see for a path in a request. */
import { expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { ask, outputOf, serving } from '../harness/program.ts'

const names = (directory: string) =>
  readdirSync(directory, { encoding: 'buffer' }).map((name) => name.toString('latin1'))

test('U+0000 is C0 80 in a name, as the wire’s strings have it upstream', async () => {
  using agent = await serving()
  using client = await agent.connect()
  const name = Buffer.from('a\xc0\x80b', 'latin1')
  writeFileSync(Buffer.concat([Buffer.from(`${agent.directory}/`), name]), 'found')
  const path = `${agent.directory}/a\0b`
  const { return: handle } = await ask(client, 'guest-file-open', { path })
  const read = await ask(client, 'guest-file-read', { handle })
  expect(read.return).toMatchObject({ 'buf-b64': Buffer.from('found').toString('base64') })
})

test('U+0000 in the name of a file that is made', async () => {
  using agent = await serving()
  using client = await agent.connect()
  const directory = `${agent.directory}/d`
  mkdirSync(directory)
  for (const name of ['\0', 'x\0y\0', 'plain']) {
    await ask(client, 'guest-file-open', { path: `${directory}/${name}`, mode: 'w' })
  }
  expect(names(directory).sort()).toEqual(['plain', 'x\xc0\x80y\xc0\x80', '\xc0\x80'])
})

test.each(['ü', '日本語', '\u{1f600}', 'a\nb', '\u0001', ' ', '\\'])(
  'the name %p is UTF-8 to the system',
  async (name) => {
    using agent = await serving()
    using client = await agent.connect()
    const directory = `${agent.directory}/d`
    mkdirSync(directory)
    await ask(client, 'guest-file-open', { path: `${directory}/${name}`, mode: 'w' })
    expect(names(directory)).toEqual([Buffer.from(name).toString('latin1')])
  },
)

test('an empty path is no file', async () => {
  using agent = await serving()
  using client = await agent.connect()
  expect((await ask(client, 'guest-file-open', { path: '' })).error?.desc).toBe(
    "failed to open file '' (mode: 'r'): No such file or directory",
  )
})

test('a relative path starts where the agent started', async () => {
  using agent = await serving()
  using client = await agent.connect()
  await ask(client, 'guest-file-open', { path: 'relative', mode: 'w' })
  expect(readFileSync(`${agent.directory}/relative`, 'utf8')).toBe('')
})

test('programs inherit no descriptor but the three', async () => {
  using agent = await serving({ options: ['-v', '-l', '/dev/null'] })
  using client = await agent.connect()
  await ask(client, 'guest-file-open', { path: '/dev/null', mode: 'r+' })
  const links = await outputOf(client, '/bin/sh', '-c', 'readlink /proc/$$/fd/*')
  expect(links).toMatch(/^\/dev\/null\npipe:\[\d+\]\npipe:\[\d+\]\n$/)
})

test('an empty name of a program is told as upstream tells it', async () => {
  using agent = await serving()
  using client = await agent.connect()
  expect((await ask(client, 'guest-exec', { path: '' })).error?.desc).toBe(
    'Failed to execute child process “” (No such file or directory)',
  )
})
