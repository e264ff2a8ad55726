// SPDX-License-Identifier: Apache-2.0
/** CPUs of a tree that is made up. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcessorHandlers } from '../../../platform/linux/processor.ts'

let tree: string
let accounts: string[]
let processor: ReturnType<typeof createProcessorHandlers>

beforeEach(() => {
  accounts = []
  tree = mkdtempSync(join(tmpdir(), 'qga-cpu-'))
  const places = { cpus: tree, stat: `${tree}/stat` }
  processor = createProcessorHandlers((message) => void accounts.push(message), places)
})
afterEach(() => rmSync(tree, { recursive: true, force: true }))

function cpu(id: number, online?: string): void {
  mkdirSync(`${tree}/cpu${id}`)
  if (online !== undefined) writeFileSync(`${tree}/cpu${id}/online`, online)
}

test('128 CPUs are told in their order', async () => {
  for (let id = 127; id >= 0; id--) cpu(id, id === 0 ? undefined : `${id % 2}\n`)
  const found = await processor['guest-get-vcpus']({})
  expect(found).toEqual(
    Array.from({ length: 128 }, (_, id) => ({
      'logical-id': id,
      online: id === 0 || id % 2 === 1,
      'can-offline': id !== 0,
    })),
  )
})

test('a CPU that went meanwhile is an error', () => {
  writeFileSync(`${tree}/cpu3`, '')
  expect(() => processor['guest-get-vcpus']({})).toThrow(
    `Could not open '${tree}/cpu3/': Not a directory`,
  )
})

test('a file without a byte is an error', () => {
  cpu(1, '')
  expect(() => processor['guest-get-vcpus']({})).toThrow(
    `pread("${tree}/cpu1//online"): unexpected EOF`,
  )
})

test('only what is otherwise is written', async () => {
  cpu(1, '1 and more')
  cpu(2, '0 and more')
  const vcpus = [1, 2].map((id) => ({ 'logical-id': id, online: true, 'can-offline': false }))
  expect(await processor['guest-set-vcpus']({ vcpus })).toBe(2)
  const text = (id: number) => readFileSync(`${tree}/cpu${id}/online`, 'utf8')
  expect([text(1), text(2)]).toEqual(['1 and more', '1 and more'])
})

test('a line of /proc/stat that is too short is accounted', async () => {
  writeFileSync(`${tree}/stat`, 'cpu0 1 2 3\n')
  expect(await processor['guest-get-cpustats']({})).toEqual([])
  expect(accounts).toEqual(['Parsing cpu stat from /proc/stat failed, see "man proc"'])
})

test('a /proc/stat that is missing is an error', () => {
  expect(() => processor['guest-get-cpustats']({})).toThrow(
    `Could not open '${tree}/stat': No such file or directory`,
  )
})

test('the load is that of the system', async () => {
  const { load1m, load5m, load15m } = await processor['guest-get-load']({})
  const [, , fifteen] = readFileSync('/proc/loadavg', 'utf8').split(' ').map(Number)
  for (const load of [load1m, load5m, load15m]) expect(load).toBeGreaterThanOrEqual(0)
  expect(Math.abs(load15m - (fifteen ?? 0))).toBeLessThan(1)
})
