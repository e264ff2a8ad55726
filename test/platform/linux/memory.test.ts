// SPDX-License-Identifier: Apache-2.0
/** Memory blocks of a tree that is made up, in states that no running machine shows. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryHandlers } from '../../../platform/linux/memory.ts'

let tree: string
let memory: ReturnType<typeof createMemoryHandlers>

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'qga-memory-'))
  memory = createMemoryHandlers(`${tree}/`)
})
afterEach(() => rmSync(tree, { recursive: true, force: true }))

function block(index: number | string, files: Readonly<Record<string, string>>): void {
  mkdirSync(`${tree}/memory${index}`)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(`${tree}/memory${index}/${name}`, text)
  }
}

const blocks = () => memory['guest-get-memory-blocks']({})
const set = (index: number | bigint, online: boolean) =>
  memory['guest-set-memory-blocks']({ 'mem-blks': [{ 'phys-index': index, online }] })

test('blocks are in their order, files beside them are none', async () => {
  for (const index of [10, 9, 100]) block(index, { state: 'online\n', removable: '1\n' })
  writeFileSync(`${tree}/memory5`, '')
  mkdirSync(`${tree}/power`)
  expect((await blocks()).map((one) => one['phys-index'])).toEqual([9, 10, 100])
})

test.each([
  ['online\n', true],
  ['online', true],
  ['offline\n', false],
  ['going-offline\n', false],
  ['', 'pread sysfs file "state": unexpected EOF'],
])('a state of %p is online: %p', async (state, expected) => {
  block(1, { state, removable: '0\n' })
  const found = await Promise.resolve()
    .then(blocks)
    .then(
      ([one]) => one?.online,
      (error: Error) => error.message,
    )
  expect(found).toBe(expected)
})

test('a block without "removable" cannot go', async () => {
  block(1, { state: 'online\n' })
  expect(await blocks()).toEqual([{ 'phys-index': 1, online: true, 'can-offline': false }])
})

test('a state that cannot be written is a failure of that block', async () => {
  block(1, { state: 'offline\n' })
  block(2, {})
  mkdirSync(`${tree}/memory2/state`)
  const both = await memory['guest-set-memory-blocks']({
    'mem-blks': [
      { 'phys-index': 2, online: true },
      { 'phys-index': 1, online: true },
    ],
  })
  expect(both).toEqual([
    { 'phys-index': 2, response: 'operation-failed', 'error-code': 21 },
    { 'phys-index': 1, response: 'success' },
  ])
  expect(readFileSync(`${tree}/memory1/state`, 'utf8')).toStartWith('online')
})

test('a block that is no directory is a failure', async () => {
  writeFileSync(`${tree}/memory1`, '')
  expect(await set(1, true)).toEqual([
    { 'phys-index': 1, response: 'operation-failed', 'error-code': 20 },
  ])
})

test('a directory of blocks that cannot be opened is no success', async () => {
  rmSync(tree, { recursive: true })
  writeFileSync(tree, '')
  expect(await set(1, true)).toEqual([
    { 'phys-index': 1, response: 'operation-failed', 'error-code': 20 },
  ])
  expect(blocks).toThrow(`Can't open directory"${tree}/": Not a directory`)
})

test.each([
  ['8000000\n', 0x8000000n],
  ['0x10\n', 16n],
  ['ffffffffffffffff\n', 2n ** 64n - 1n],
  ['no number\n', 0],
])('a size of %p is %p', async (text, size) => {
  writeFileSync(`${tree}/block_size_bytes`, text)
  expect(await memory['guest-get-memory-block-info']({})).toEqual({ size })
})

test('a size that is not there is an error', () => {
  expect(() => memory['guest-get-memory-block-info']({})).toThrow(
    'open sysfs file "block_size_bytes": No such file or directory',
  )
})
