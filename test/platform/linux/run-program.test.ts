// SPDX-License-Identifier: Apache-2.0
/** Programs that end in every way there is. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { mustRun, type Program, runProgram } from '../../../platform/linux/run-program.ts'
import { isRunning } from '../../harness/process-stat.ts'
import { until } from '../../harness/program.ts'

const LONG_MS = 60_000

function shell(script: string, more: Partial<Program> = {}): Program {
  return { name: 'sh', args: ['-c', script], limitMs: LONG_MS, ...more }
}

describe('runProgram()', () => {
  test('tells the status, and the output of both streams in its order', async () => {
    expect(await runProgram(shell('echo a; echo b >&2; echo c; exit 3'))).toEqual({
      kind: 'exited',
      status: 3,
      output: 'a\nb\nc\n',
    })
  })

  test('gives it the input, all of it', async () => {
    const input = Buffer.alloc(1_000_000, 'x')
    const { output } = await runProgram(shell('wc -c', { input }))
    expect(output.trim()).toBe('1000000')
    expect(await runProgram(shell('exit 0', { input }))).toMatchObject({ status: 0 })
  })

  test('gives it the input while it talks', async () => {
    const input = Buffer.alloc(1_000_000, 'x')
    const { kind, output } = await runProgram({
      name: 'cat',
      args: [],
      input,
      limitMs: LONG_MS,
      outputMax: 2_000_000,
    })
    expect([kind, output.length]).toEqual(['exited', 1_000_000])
  })

  test('gives it nothing to read otherwise', async () => {
    expect(await runProgram(shell('cat; readlink /proc/self/fd/0'))).toMatchObject({
      output: '/dev/null\n',
    })
  })

  test('tells that it was killed', async () => {
    expect(await runProgram(shell('echo x; kill -9 $$'))).toEqual({ kind: 'killed', output: 'x\n' })
  })

  test.each(['/nonexistent/program', 'no-such-program'])(
    'tells that there is no %s',
    async (name) => {
      expect(await runProgram({ name, args: [], limitMs: LONG_MS })).toEqual({
        kind: 'not-started',
        output: `failed to exec '${name}': No such file or directory\n`,
      })
    },
  )

  test('ends it, and what it started, when it takes too long', async () => {
    const outcome = await runProgram(shell('sleep 1000 & echo $!; wait', { limitMs: 300 }))
    expect(outcome.kind).toBe('too-long')
    // On a machine that is very busy it has not come as far as that.
    const started = Number(outcome.output)
    if (started > 1) await until('what it started has ended', () => !isRunning(started))
  })

  test('does not wait for what it leaves running', async () => {
    const { kind, output } = await runProgram(shell('sleep 1000 & echo $!'))
    const left = Number(output)
    try {
      expect([kind, isRunning(left)]).toEqual(['exited', true])
    } finally {
      process.kill(left, 'SIGKILL')
    }
  })

  test('keeps a part of more output than anyone reads', async () => {
    const { kind, output } = await runProgram(shell('head -c 10000000 /dev/zero'))
    expect([kind, output.length]).toEqual(['exited', 65536])
    const all = await runProgram(shell('head -c 100000 /dev/zero', { outputMax: 1_000_000 }))
    expect(all.output.length).toBe(100_000)
  })

  test('runs it in a session of its own, signals as they were', async () => {
    const { output } = await runProgram(
      shell('cut -d" " -f1,6 /proc/$$/stat; grep -E "Sig(Ign|Blk)" /proc/$$/status'),
    )
    const [ids = '', ...masks] = output.trim().split('\n')
    const [pid, session] = ids.split(' ')
    expect(session).toBe(pid as string)
    expect(masks.map((line) => Number.parseInt(line.split('\t')[1] ?? '', 16))).toEqual([0, 0])
  })

  test('leaves no zombie, however it ends', async () => {
    const scripts = ['exit 3', 'kill -9 $$', 'exec sleep 1000']
    for (const script of scripts) {
      const { output } = await runProgram(shell(`echo $$; ${script}`, { limitMs: 2000 }))
      const pid = Number(output)
      expect(pid).toBeGreaterThan(1)
      await until('it is buried', () => !existsSync(`/proc/${pid}`))
    }
  })

  test('leaves no descriptor behind', async () => {
    await runProgram(shell('true'))
    const before = readdirSync('/proc/self/fd').length
    for (let i = 0; i < 20; i++) await runProgram(shell('echo x', { input: Buffer.from('y') }))
    await runProgram({ name: '/nonexistent', args: [], limitMs: LONG_MS })
    Bun.gc(true)
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 2)
  })
})

describe('mustRun()', () => {
  const failure = (program: Program) =>
    mustRun(runProgram, 'do it', program).then(
      () => 'none',
      (error: Error) => error.message,
    )

  test.each([
    ['true', 'none'],
    ['echo ignored', 'none'],
    ['exit 4', 'child process has failed to do it: exit status 4'],
    ['echo why; exit 4', 'child process has failed to do it: why\n'],
    ['kill -9 $$', 'child process has terminated abnormally'],
    ['echo why; kill -9 $$', 'child process has terminated abnormally: why\n'],
  ])('of %p says %p', async (script, message) => {
    expect(await failure(shell(script))).toBe(message)
  })

  test('says that there is no such program', async () => {
    expect(await failure({ name: '/nonexistent', args: [], limitMs: LONG_MS })).toBe(
      "child process has failed to do it: failed to exec '/nonexistent': No such file or directory\n",
    )
  })

  test('says that it took too long', async () => {
    expect(await failure(shell('echo busy; sleep 1000', { limitMs: 300 }))).toMatch(
      /^child process has failed to do it: sh did not end within 0\.3 seconds(: busy\n)?$/,
    )
  })
})
