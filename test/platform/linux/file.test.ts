// SPDX-License-Identifier: Apache-2.0
/** Reads of what is in memory, of what is not, and of what never is. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { randomFillSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { openFile } from '../../../platform/linux/file.ts'
import { parseFileMode } from '../../../src/portable/file-mode.ts'
import { tempDir } from '../../harness/temp-dir.ts'

const MIB = 1024 * 1024
const CONTENT = randomFillSync(Buffer.alloc(4 * MIB))
let dir: ReturnType<typeof tempDir>
let path: string

beforeEach(() => {
  dir = tempDir()
  path = `${dir.path}/file`
  writeFileSync(path, CONTENT)
})
afterEach(() => dir[Symbol.dispose]())

function open(name = path) {
  return openFile(name, parseFileMode('r'), 'r', 0o644)
}

async function readAll(file: Awaited<ReturnType<typeof open>>, size: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (;;) {
    const into = Buffer.alloc(size)
    const got = await file.read(into)
    if (got === 0) return Buffer.concat(parts)
    parts.push(into.subarray(0, got))
  }
}

/** Lets the system forget what it holds of the file. */
function evict(): void {
  for (const form of [`of=${path} conv=notrunc,fdatasync`, `if=${path} iflag=nocache`]) {
    expect(Bun.spawnSync(['dd', ...form.split(' '), 'count=0']).exitCode).toBe(0)
  }
}

describe('reading a file', () => {
  test.each([1000, 4096, 100_000, MIB])('in steps of %d bytes gives all of it', async (size) => {
    const file = await open()
    expect((await readAll(file, size)).equals(CONTENT)).toBe(true)
    await file.close()
  })

  test('never waits the first time, which may have to note the time of access', async () => {
    const file = await open()
    const first = file.read(Buffer.alloc(4096))
    expect(first).toBeInstanceOf(Promise)
    await first
    const into = Buffer.alloc(4096)
    // Whether this one is a promise depends on the file system.
    expect(await file.read(into)).toBe(4096)
    expect(into.equals(CONTENT.subarray(4096, 8192))).toBe(true)
    await file.close()
  })

  test('goes on where the system has nothing in memory', async () => {
    const file = await open()
    const into = Buffer.alloc(MIB)
    const got = await file.read(into)
    evict()
    const rest = await readAll(file, MIB)
    expect(Buffer.concat([into.subarray(0, got), rest]).equals(CONTENT)).toBe(true)
    await file.close()
  })

  test('of the kernel, which is never in memory, works as well', async () => {
    const file = await open('/proc/self/status')
    expect((await readAll(file, 100)).toString()).toMatch(/^Name:.*^Pid:\t/ms)
    await file.close()
  })

  test('that grows goes on behind what was its end', async () => {
    writeFileSync(path, 'ab')
    const file = await open()
    expect((await readAll(file, 10)).toString()).toBe('ab')
    writeFileSync(path, 'cd', { flag: 'a' })
    expect((await readAll(file, 10)).toString()).toBe('cd')
    await file.close()
  })
})
