// SPDX-License-Identifier: Apache-2.0
/** guest-exec and guest-file-* of the Windows executable, with real programs and files under Wine. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { needs } from '../harness/needs.ts'
import { ask, finished, Scratch, SLOW_MS } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import { hasTargets } from '../harness/targets.ts'
import {
  compileForWindows,
  startWindowsAgent,
  type WindowsAgent,
} from '../harness/windows-agent.ts'
import { driveZ, hasWine, startWine, stopWine, WINE_START_MS } from '../harness/wine.ts'

describe.if(hasTargets && hasWine && needs('x86_64-w64-mingw32-gcc'))('on Windows', () => {
  const scratch = new Scratch()
  let agent: WindowsAgent
  let client: RawClient
  let child = ''

  beforeAll(async () => {
    await startWine()
    child = compileForWindows(scratch, 'child.c', 'child.exe')
    agent = await startWindowsAgent(scratch, 'exec')
    client = await RawClient.connect(agent.port)
  }, WINE_START_MS)

  afterAll(async () => {
    client[Symbol.dispose]()
    agent.kill()
    await stopWine()
    scratch[Symbol.dispose]()
  }, SLOW_MS)

  const run = (args: readonly string[], more: object = {}) =>
    finished(client, { path: child, arg: args, 'capture-output': true, ...more })
  const text = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString()

  describe('guest-exec', () => {
    const NASTY = [
      '',
      'plain',
      'a b',
      'say "hi"',
      'C:\\dir\\',
      'C:\\a dir\\',
      '\\\\"',
      'tab\there',
      'line\nend',
      '%PATH%',
      '^&|<>()!',
      'Grüße 🙂',
      "it's",
      '*',
    ]

    test('hands every argument over as it was sent', async () => {
      const { 'out-data': out } = await run(['args', ...NASTY])
      const lines = NASTY.map((arg) => arg.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'))
      expect(text(out)).toBe(`${lines.join('\n')}\n`)
    })

    test.each([
      ['0', { exitcode: 0 }],
      ['1', { exitcode: 1 }],
      ['259', { exitcode: 259 }],
      ['1056', { exitcode: 1056 }],
      ['0x80070426', { exitcode: -2147023834 }],
      ['0xC0000005', { signal: -1073741819 }],
      ['0xFFFFFFFF', { signal: -1 }],
    ])('tells all 32 bits of the exit code %s', async (code, ending) => {
      expect(await run(['exit', code])).toEqual({ exited: true, ...ending })
    })

    test.each([
      [true, { 'out-data': 'to stdout', 'err-data': 'to stderr' }],
      ['separated', { 'out-data': 'to stdout', 'err-data': 'to stderr' }],
      ['stdout', { 'out-data': 'to stdout' }],
      ['stderr', { 'err-data': 'to stderr' }],
      ['none', {}],
      [false, {}],
    ])('captures what %p says', async (mode, expected) => {
      const status = await run(['streams'], { 'capture-output': mode })
      const data = Object.entries(status).filter(([name]) => name.endsWith('data'))
      expect(Object.fromEntries(data.map(([name, value]) => [name, text(value)]))).toEqual(expected)
    })

    test('does not know "merged"', async () => {
      const request = { path: child, 'capture-output': 'merged' }
      expect(await ask(client, 'guest-exec', request)).toMatchObject({
        error: { desc: "Parameter 'capture-output' does not accept value 'merged'" },
      })
    })

    test(
      'gives the input to the program, and then its end',
      async () => {
        const input = Buffer.alloc(1_000_000, 'qga\n')
        const { 'out-data': out } = await run(['cat'], { 'input-data': input.toString('base64') })
        expect(Buffer.from(out ?? '', 'base64').equals(input)).toBe(true)
      },
      SLOW_MS,
    )

    test('without input there is nothing to read', async () => {
      expect(await run(['cat'])).toEqual({ exited: true, exitcode: 0 })
    })

    test(
      'keeps 16 MiB of a stream',
      async () => {
        const status = await run(['flood', '20000000'])
        expect(status['out-truncated']).toBe(true)
        expect(Buffer.from(status['out-data'] ?? '', 'base64').length).toBe(16 * 1024 * 1024)
        expect(status.exitcode).toBe(0)
      },
      SLOW_MS,
    )

    test('the environment is the one that was sent', async () => {
      const env = ['B=2', 'a=1', 'A=second', 'ümlaut=ä', '=C:=C:\\']
      const lines = text((await run(['environment'], { env }))['out-data'])
        .trim()
        .split('\n')
      for (const line of ['a=1', 'B=2', 'ümlaut=ä']) expect(lines).toContain(line)
      expect(lines).not.toContain('A=second')
      expect(lines.some((line) => line.startsWith('PATH='))).toBe(false)
    })

    test('finds programs in the system directory, with and without extension', async () => {
      for (const path of ['cmd', 'cmd.exe', 'C:\\windows\\system32\\cmd']) {
        const status = await finished(client, {
          path,
          arg: ['/c', 'echo', 'found'],
          'capture-output': true,
        })
        expect(text(status['out-data'])).toBe('found\r\n')
      }
    })

    test('hands a batch file its arguments as they are', async () => {
      writeFileSync(scratch.file('show.bat'), '@echo [%1] [%2] [%3]\r\n')
      const path = driveZ(scratch.file('show.bat'))
      const arg = ['plain', 'a b', 'a&echo injected']
      const { 'out-data': out } = await finished(client, { path, arg, 'capture-output': true })
      expect(text(out)).toBe('[plain] ["a b"] ["a&echo injected"]\r\n')
    })

    test('a batch file with an argument of two lines is not started', async () => {
      writeFileSync(scratch.file('show.bat'), '@echo [%1]\r\n')
      const request = { path: driveZ(scratch.file('show.bat')), arg: ['a\nb'] }
      expect(await ask(client, 'guest-exec', request)).toMatchObject({
        error: { desc: 'Failed to execute child process (Invalid argument)' },
      })
    })

    test('says that there is no such program', async () => {
      for (const path of ['nothing-of-that-name', 'C:\\nothing.exe', '']) {
        expect(await ask(client, 'guest-exec', { path })).toEqual({
          error: {
            class: 'GenericError',
            desc: 'Failed to execute child process (No such file or directory)',
          },
        })
      }
    })

    test(
      'a process left behind with the pipes keeps the result back for seconds only',
      async () => {
        const status = await run(['grandchild'])
        expect(status).toMatchObject({ exited: true, exitcode: 0 })
        expect(text(status['out-data'])).toBe('from the parent')
      },
      SLOW_MS,
    )

    test(
      'many programs at once',
      async () => {
        const pids: unknown[] = []
        for (let i = 0; i < 12; i++) {
          const request = { path: child, arg: ['exit', String(i)], 'capture-output': true }
          pids.push((await ask(client, 'guest-exec', request)).return)
        }
        const codes: unknown[] = []
        for (const pid of pids) {
          for (;;) {
            const { return: status } = await ask(client, 'guest-exec-status', pid as object)
            const { exited, exitcode } = status as { exited: boolean; exitcode?: number }
            if (!exited) continue
            codes.push(exitcode)
            break
          }
        }
        expect(codes).toEqual(Array.from({ length: 12 }, (_, i) => i))
      },
      SLOW_MS,
    )
  })

  describe('guest-file', () => {
    const open = async (path: string, mode?: string) => {
      const reply = await ask(client, 'guest-file-open', { path, ...(mode && { mode }) })
      if (reply.error !== undefined) throw new Error(reply.error.desc)
      return reply.return
    }
    const file = async (what: string, args: object) => {
      const reply = await ask(client, `guest-file-${what}`, args)
      if (reply.error !== undefined) throw new Error(reply.error.desc)
      return reply.return as Record<string, unknown>
    }
    const buf = (content: string) => Buffer.from(content).toString('base64')

    test('what is written is read again, also meanwhile, and appended to', async () => {
      const path = driveZ(scratch.file('grüße.txt'))
      const handle = await open(path, 'w')
      expect(await file('write', { handle, 'buf-b64': buf('hello') })).toEqual({
        count: 5,
        eof: false,
      })
      await file('flush', { handle })
      await expect(open(path, 'a')).rejects.toThrow(`failed to open file '${path}': `)
      const beside = await open(path)
      expect(await file('read', { handle: beside })).toMatchObject({ 'buf-b64': buf('hello') })
      await file('close', { handle: beside })
      await file('close', { handle })
      const more = await open(path, 'ab')
      await file('write', { handle: more, 'buf-b64': buf(' world') })
      await file('close', { handle: more })
      const reading = await open(path)
      expect(await file('read', { handle: reading })).toEqual({
        count: 11,
        'buf-b64': buf('hello world'),
        eof: true,
      })
      const seek = { handle: reading, offset: -5, whence: 'end' }
      expect(await file('seek', seek)).toEqual({ position: 6, eof: false })
      expect(await file('read', { handle: reading, count: 3 })).toEqual({
        count: 3,
        'buf-b64': buf('wor'),
        eof: false,
      })
      await expect(file('flush', { handle: reading })).rejects.toThrow('failed to flush file: ')
      await file('close', { handle: reading })
      await expect(file('read', { handle: reading })).rejects.toThrow(
        `handle '${reading}' has not been found`,
      )
      expect(readFileSync(scratch.file('grüße.txt'), 'utf8')).toBe('hello world')
    })

    test('a seek beyond 4 GiB, and one before the beginning', async () => {
      const handle = await open(driveZ(scratch.file('sparse')), 'w+')
      const far = { handle, offset: 5_000_000_000, whence: 0 }
      expect(await file('seek', far)).toEqual({ position: 5_000_000_000, eof: false })
      const before = { handle, offset: -1, whence: 'set' }
      await expect(file('seek', before)).rejects.toThrow('failed to seek file: ')
      await file('close', { handle })
    })

    test(
      'a file of several megabytes in one read',
      async () => {
        const content = Buffer.alloc(5_000_000, 'Windows')
        writeFileSync(scratch.file('large'), content)
        const handle = await open(driveZ(scratch.file('large')))
        const { count, 'buf-b64': data } = await file('read', { handle, count: content.length })
        expect(count).toBe(content.length)
        expect(Buffer.from(data as string, 'base64').equals(content)).toBe(true)
        await file('close', { handle })
      },
      SLOW_MS,
    )

    test('a path of more than 260 characters', async () => {
      const name = `${'d'.repeat(200)}\\${'f'.repeat(100)}`
      Bun.spawnSync(['mkdir', scratch.file('d'.repeat(200))])
      const handle = await open(driveZ(scratch.file(name)), 'w')
      await file('close', { handle })
      expect(existsSync(scratch.file(name.replaceAll('\\', '/')))).toBe(true)
    })

    test.each([
      ['C:\\nothing\\here', 'r', "failed to open file 'C:\\nothing\\here': Path not found."],
      ['C:\\windows', 'r', "failed to open file 'C:\\windows': Access denied."],
      ['C:\\x', 'q', "invalid file open mode 'q'"],
    ])('%s with mode %s is refused', async (path, mode, said) => {
      await expect(open(path, mode)).rejects.toThrow(said)
    })
  })
})
