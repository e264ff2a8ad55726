// SPDX-License-Identifier: Apache-2.0
/** The script that we ship as /etc/qemu/fsfreeze-hook, under the shells that systems have as /bin/sh. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { needs } from '../harness/needs.ts'
import { run, Scratch, SLOW_MS } from '../harness/program.ts'

const SCRIPT = join(import.meta.dir, '../../platform/linux/install/fsfreeze-hook')
const SHELLS = [
  ['dash', ['/bin/sh']],
  ['busybox', ['busybox', 'sh']],
] as const

const canRun = needs('root') && needs('busybox')

describe.if(canRun).each(SHELLS)('fsfreeze-hook under %s', (_, shell) => {
  let scratch: Scratch
  beforeEach(() => {
    scratch = new Scratch()
    mkdirSync(scratch.file('fsfreeze-hook.d'))
    copyFileSync(SCRIPT, scratch.file('fsfreeze-hook'))
  })
  afterEach(() => scratch[Symbol.dispose]())

  /** A program in the directory, which writes down that it was called. */
  function add(name: string, body = ''): string {
    const path = scratch.file(`fsfreeze-hook.d/${name}`)
    const script = `#!/bin/sh\necho "${name} $1" >> "${scratch.file('calls')}"\n${body}\n`
    writeFileSync(path, script, { mode: 0o755 })
    return path
  }

  async function call(event: string, limit = 30) {
    const { exitCode, stdout, stderr } = await run(
      [...shell, scratch.file('fsfreeze-hook'), event],
      {
        env: {
          PATH: '/usr/bin:/bin',
          QGA_FSFREEZE_LOG: scratch.file('log'),
          QGA_FSFREEZE_HOOK_TIMEOUT: String(limit),
        },
      },
    )
    return { exitCode, output: stdout + stderr }
  }

  const calls = () => scratch.read('calls').trim().split('\n')

  test('calls all in the order of their names, and in reverse for the thaw', async () => {
    for (const name of ['20-b', '10-a', '30 c']) add(name)
    expect(await call('freeze')).toEqual({ exitCode: 0, output: '' })
    expect(await call('thaw')).toEqual({ exitCode: 0, output: '' })
    expect(calls()).toEqual([
      '10-a freeze',
      '20-b freeze',
      '30 c freeze',
      '30 c thaw',
      '20-b thaw',
      '10-a thaw',
    ])
    expect(scratch.read('log')).toContain('fsfreeze-hook.d/30 c freeze: done\n')
  })

  test('passes over what is left by editors and packages, and what is no program', async () => {
    for (const ending of ['~', '.bak', '.orig', '.rpmnew', '.rpmsave', '.sample', '.dpkg-dist']) {
      add(`10-a${ending}`)
    }
    chmodSync(add('20-plain'), 0o644)
    mkdirSync(scratch.file('fsfreeze-hook.d/30-directory'))
    add('40-called')
    expect((await call('freeze')).exitCode).toBe(0)
    expect(calls()).toEqual(['40-called freeze'])
  })

  test('has nothing to do without the directory, or with an empty one', async () => {
    expect(await call('freeze')).toEqual({ exitCode: 0, output: '' })
    expect((await run(['rmdir', scratch.file('fsfreeze-hook.d')])).exitCode).toBe(0)
    expect(await call('thaw')).toEqual({ exitCode: 0, output: '' })
  })

  test('ends at the first that fails before a freeze, and says what it said', async () => {
    add('10-a')
    const failing = add('20-b', 'echo no connection; exit 7')
    add('30-c')
    const output = `${failing} freeze: exit status 7: no connection\n`
    expect(await call('freeze')).toEqual({ exitCode: 1, output })
    expect(calls()).toEqual(['10-a freeze', '20-b freeze'])
    expect(scratch.read('log')).toContain('exit status 7')
  })

  test('calls all for the thaw, whatever fails', async () => {
    add('10-a')
    add('20-b', 'exit 7')
    expect((await call('thaw')).exitCode).toBe(1)
    expect(calls()).toEqual(['20-b thaw', '10-a thaw'])
  })

  test(
    'ends one that is stuck, and names it',
    async () => {
      const stuck = add('10-a', 'exec sleep 1000')
      expect(await call('freeze', 3)).toEqual({
        exitCode: 1,
        output: `${stuck} freeze: did not end in time\n`,
      })
    },
    SLOW_MS,
  )

  test.each([
    ['belongs to somebody', (path: string) => chownSync(path, 65534, 65534)],
    ['can be written by all', (path: string) => chmodSync(path, 0o777)],
    [
      'can be written by a group',
      (path: string) => {
        chownSync(path, 0, 7)
        chmodSync(path, 0o775)
      },
    ],
  ])('does not call what %s', async (__, spoil) => {
    const path = add('10-a')
    spoil(path)
    const output = `${path}: not called, for others than root can change it\n`
    expect(await call('freeze')).toEqual({ exitCode: 1, output })
  })

  test('looks for none in a directory that others can write to', async () => {
    const path = dirname(add('10-a'))
    chmodSync(path, 0o777)
    const output = `${path}: not looked into, for others than root can change it\n`
    expect(await call('freeze')).toEqual({ exitCode: 1, output })
    expect(await call('thaw')).toEqual({ exitCode: 1, output })
    expect(existsSync(scratch.file('calls'))).toBe(false)
  })
})
