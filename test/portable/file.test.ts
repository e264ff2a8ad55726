// SPDX-License-Identifier: Apache-2.0
/** guest-file-* on real files, in process. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { openFile } from '../../platform/linux/file.ts'
import { createFileHandlers } from '../../src/portable/file.ts'
import { EncodedBytes } from '../../src/wire/base64.ts'
import { tempDir } from '../harness/temp-dir.ts'

const MAX_HANDLES = 4
let dir: ReturnType<typeof tempDir>
let file: ReturnType<typeof createFileHandlers>
let lines: string[]

beforeEach(() => {
  dir = tempDir()
  lines = []
  let next = 1000n
  file = createFileHandlers(
    {
      open: (path, mode, spelling) => openFile(path, mode, spelling, 0o644),
      whenIdle: () => {},
      nextHandle: async () => next++,
      account: (message) => void lines.push(message),
    },
    MAX_HANDLES,
  )
})
afterEach(() => dir[Symbol.dispose]())

function at(name: string): string {
  return `${dir.path}/${name}`
}

function bytes(text: string): EncodedBytes {
  return new EncodedBytes([Buffer.from(text)])
}

async function open(name: string, mode?: string) {
  return await file['guest-file-open']({ path: at(name), ...(mode && { mode }) })
}

async function readText(handle: number | bigint, count?: number) {
  const reply = await file['guest-file-read']({ handle, ...(count !== undefined && { count }) })
  return { text: Buffer.from(reply['buf-b64']).toString(), count: reply.count, eof: reply.eof }
}

async function write(handle: number | bigint, text: string, count?: number) {
  return await file['guest-file-write']({
    handle,
    'buf-b64': bytes(text),
    ...(count !== undefined && { count }),
  })
}

async function errorOf(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    return (error as Error).message
  }
  return 'no error'
}

function fifo(name: string): void {
  if (Bun.spawnSync(['mkfifo', at(name)]).exitCode !== 0) throw new Error('no mkfifo')
}

describe('guest-file-open', () => {
  test.each(['r', 'rb', 'r+', 'rb+', 'r+b'])('%s wants a file that exists', async (mode) => {
    expect(await errorOf(() => open('none', mode))).toBe(
      `failed to open file '${at('none')}' (mode: '${mode}'): No such file or directory`,
    )
  })

  test.each(['w', 'wb', 'w+', 'wb+', 'w+b'])('%s empties a file, or makes one', async (mode) => {
    writeFileSync(at('full'), 'content')
    await open('full', mode)
    await open('new', mode)
    expect([statSync(at('full')).size, statSync(at('new')).size]).toEqual([0, 0])
  })

  test.each(['a', 'ab', 'a+', 'ab+', 'a+b'])('%s writes behind what is there', async (mode) => {
    writeFileSync(at('full'), 'content')
    const handle = await open('full', mode)
    await write(handle, '+')
    expect(readFileSync(at('full'), 'utf8')).toBe('content+')
  })

  test.each(['', 'x', 'rw', 'bw', 'r++', 'wx', 'R', 'r '])('refuses the mode %j', async (mode) => {
    expect(await errorOf(() => file['guest-file-open']({ path: at('new'), mode }))).toBe(
      `invalid file open mode '${mode}'`,
    )
  })

  test('gives a new file its permissions whatever the umask, and leaves those of an old one', async () => {
    const umask = process.umask(0o077)
    writeFileSync(at('old'), '')
    chmodSync(at('old'), 0o600)
    await open('new', 'w')
    await open('old', 'w')
    process.umask(umask)
    expect(statSync(at('new')).mode & 0o7777).toBe(0o644)
    expect(statSync(at('old')).mode & 0o7777).toBe(0o600)
  })

  test('does not make the file that a dangling link points to', async () => {
    symlinkSync(at('target'), at('link'))
    expect(await errorOf(() => open('link', 'w'))).toEndWith('No such file or directory')
    expect(existsSync(at('target'))).toBe(false)
  })

  test('opens a directory to read, which then fails, and not to write', async () => {
    mkdirSync(at('sub'))
    const handle = await open('sub')
    expect(await errorOf(() => readText(handle))).toBe('failed to read file: Is a directory')
    expect(await errorOf(() => open('sub', 'w'))).toEndWith("(mode: 'w'): Is a directory")
  })

  test('never waits for the other end of a FIFO', async () => {
    fifo('fifo')
    const handle = await open('fifo')
    expect(await readText(handle)).toEqual({ text: '', count: 0, eof: true })
    await file['guest-file-close']({ handle })
    expect(await errorOf(() => open('fifo', 'w'))).toEndWith('No such device or address')
  })

  test('numbers handles one by one, and accounts for them', async () => {
    writeFileSync(at('f'), '')
    expect([await open('f'), await open('f')]).toEqual([1000n, 1001n])
    expect(lines).toContain(`guest-file-open called, filepath: ${at('f')}, mode: r`)
    expect(lines).toContain('guest-file-open, handle: 1001')
  })

  test('says when there are too many, and opens again when one is closed', async () => {
    writeFileSync(at('f'), '')
    for (let i = 0; i < MAX_HANDLES; i++) await open('f')
    expect(await errorOf(() => open('f'))).toBe(
      'too many open files: 4, the limit is max-file-handles=4',
    )
    await file['guest-file-close']({ handle: 1000 })
    expect(await open('f')).toBe(1004n)
  })
})

describe('guest-file-read', () => {
  test('tells the end only when it came upon it', async () => {
    writeFileSync(at('f'), '0123456789')
    const handle = await open('f')
    expect(await readText(handle, 4)).toEqual({ text: '0123', count: 4, eof: false })
    expect(await readText(handle, 6)).toEqual({ text: '456789', count: 6, eof: false })
    expect(await readText(handle, 1)).toEqual({ text: '', count: 0, eof: true })
    expect(await readText(handle, 0)).toEqual({ text: '', count: 0, eof: false })
  })

  test('reads 4096 bytes when nobody says how many', async () => {
    writeFileSync(at('f'), Buffer.alloc(5000, 'x'))
    expect(await readText(await open('f'))).toMatchObject({ count: 4096, eof: false })
  })

  test('reads a large file whole, content and all', async () => {
    const content = Buffer.from(Array.from({ length: 3_000_001 }, (_, i) => i % 251))
    writeFileSync(at('f'), content)
    const reply = await file['guest-file-read']({ handle: await open('f'), count: 4_000_000 })
    expect([reply.count, reply.eof]).toEqual([3_000_001, true])
    expect(Buffer.from(reply['buf-b64']).equals(content)).toBe(true)
  })

  test('takes up to 48 MiB and nothing beyond', async () => {
    writeFileSync(at('f'), 'x')
    const handle = await open('f')
    expect(await readText(handle, 50331648)).toMatchObject({ count: 1 })
    for (const count of [50331649, -1]) {
      expect(await errorOf(() => readText(handle, count))).toBe(
        `value '${count}' is invalid for argument count`,
      )
    }
  })

  test('gives what a FIFO has, and the error only when it has nothing', async () => {
    fifo('fifo')
    const handle = await open('fifo', 'r+')
    expect(await errorOf(() => readText(handle, 10))).toBe(
      'failed to read file: Resource temporarily unavailable',
    )
    await write(handle, 'abc')
    expect(await readText(handle, 10)).toEqual({ text: 'abc', count: 3, eof: false })
  })

  test('fails on a handle that only writes, and on none', async () => {
    expect(await errorOf(async () => readText(await open('f', 'w')))).toBe(
      'failed to read file: Bad file descriptor',
    )
    expect(await errorOf(() => readText(-1))).toBe("handle '-1' has not been found")
  })
})

describe('guest-file-write', () => {
  test('has written when it answers', async () => {
    const handle = await open('f', 'w')
    expect(await write(handle, 'hello')).toEqual({ count: 5, eof: false })
    expect(readFileSync(at('f'), 'utf8')).toBe('hello')
  })

  test('writes the part that count says, within what there is', async () => {
    const handle = await open('f', 'w')
    expect(await write(handle, 'hello', 2)).toEqual({ count: 2, eof: false })
    expect(await write(handle, 'hello', 0)).toEqual({ count: 0, eof: false })
    expect(await errorOf(() => write(handle, 'hello', 6))).toBe(
      "value '6' is invalid for argument count",
    )
    expect(readFileSync(at('f'), 'utf8')).toBe('he')
  })

  test('goes on where a read ended', async () => {
    writeFileSync(at('f'), '0123456789')
    const handle = await open('f', 'r+')
    await readText(handle, 5)
    await write(handle, 'ab')
    expect(readFileSync(at('f'), 'utf8')).toBe('01234ab789')
  })

  test('fails at the write when the device is full', async () => {
    const { 'guest-file-open': openAny } = file
    const handle = await openAny({ path: '/dev/full', mode: 'w' })
    expect(await errorOf(() => write(handle, 'x'))).toBe(
      'failed to write to file: No space left on device',
    )
  })

  test('tells how much a full FIFO took', async () => {
    fifo('fifo')
    const handle = await open('fifo', 'r+')
    const { count } = await write(handle, 'x'.repeat(200_000))
    expect(Number(count)).toBeGreaterThan(0)
    expect(Number(count)).toBeLessThan(200_000)
    expect(await errorOf(() => write(handle, 'y'))).toBe(
      'failed to write to file: Resource temporarily unavailable',
    )
  })

  test('looks for the handle before it looks at the data', async () => {
    const broken = { handle: 5, 'buf-b64': new EncodedBytes() }
    expect(await errorOf(() => file['guest-file-write'](broken))).toBe(
      "handle '5' has not been found",
    )
    const handle = await open('f', 'w')
    expect(await errorOf(() => file['guest-file-write']({ ...broken, handle }))).toBe(
      'Base64 data contains invalid characters',
    )
  })
})

describe('guest-file-seek, -flush and -close', () => {
  test('seeks from everywhere, beyond the end too', async () => {
    writeFileSync(at('f'), '0123456789')
    const handle = await open('f')
    const seek = async (offset: number, whence: 'set' | 'cur' | 'end' | number) =>
      (await file['guest-file-seek']({ handle, offset, whence })).position
    expect(await seek(3, 'set')).toBe(3)
    expect(await seek(2, 1)).toBe(5)
    expect(await seek(-1, 'end')).toBe(9)
    expect(await seek(90, 2)).toBe(100)
    expect(await readText(handle)).toEqual({ text: '', count: 0, eof: true })
    expect(await errorOf(() => seek(-1, 'set'))).toBe('failed to seek file: Invalid argument')
    expect(await errorOf(() => seek(0, 3))).toBe('invalid whence code 3')
  })

  test('a FIFO cannot seek', async () => {
    fifo('fifo')
    const handle = await open('fifo')
    expect(await errorOf(() => file['guest-file-seek']({ handle, offset: 0, whence: 0 }))).toBe(
      'failed to seek file: Illegal seek',
    )
  })

  test('a closed handle is gone', async () => {
    const handle = await open('f', 'w')
    expect(file['guest-file-flush']({ handle })).toEqual({})
    expect(await file['guest-file-close']({ handle })).toEqual({})
    for (const call of [file['guest-file-close'], file['guest-file-flush']]) {
      expect(await errorOf(() => call({ handle }))).toBe(`handle '${handle}' has not been found`)
    }
  })
})
