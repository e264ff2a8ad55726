// SPDX-License-Identifier: Apache-2.0
/** What the script does that we ship as /etc/qemu/fsfreeze-hook. What others can try: hook-script-others.test.ts. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { canRunHook, HookScript, SHELLS } from '../harness/hook-script.ts'
import { run, SLOW_MS } from '../harness/program.ts'

describe.if(canRunHook).each(SHELLS)('fsfreeze-hook under %s', (shell) => {
  let hook: HookScript
  beforeEach(() => {
    hook = new HookScript(shell)
  })
  afterEach(() => hook[Symbol.dispose]())

  test('calls all in the order of their names, and in reverse for the thaw', async () => {
    for (const name of ['20-b', '10-a', '30 c', '40-*']) hook.add(name)
    expect(await hook.call('freeze')).toEqual({ exitCode: 0, output: '' })
    expect(await hook.call('thaw')).toEqual({ exitCode: 0, output: '' })
    const names = ['10-a', '20-b', '30 c', '40-*']
    expect(hook.calls()).toEqual([
      ...names.map((name) => `${name} freeze`),
      ...names.toReversed().map((name) => `${name} thaw`),
    ])
    expect(hook.scratch.read('log')).toContain('fsfreeze-hook.d/30 c freeze: done\n')
  })

  test('passes over what is left by editors and packages, and what is no program', async () => {
    for (const ending of ['~', '.bak', '.orig', '.rpmnew', '.rpmsave', '.sample', '.dpkg-dist']) {
      hook.add(`10-a${ending}`)
    }
    // Who reads it alone may leave it to a group.
    chmodSync(hook.add('20-plain'), 0o664)
    mkdirSync(hook.file('fsfreeze-hook.d/30-directory'))
    hook.link('31-nothing', '/nonexistent/program')
    hook.link('32-itself', '32-itself')
    hook.link('33-directory', '/usr')
    hook.add('40-called')
    expect(await hook.call('freeze')).toEqual({ exitCode: 0, output: '' })
    expect(hook.calls()).toEqual(['40-called freeze'])
  })

  test('has nothing to do without the directory, or with an empty one', async () => {
    expect(await hook.call('freeze')).toEqual({ exitCode: 0, output: '' })
    expect((await run(['rmdir', hook.file('fsfreeze-hook.d')])).exitCode).toBe(0)
    expect(await hook.call('thaw')).toEqual({ exitCode: 0, output: '' })
  })

  test('ends at the first that fails before a freeze, and says what it said', async () => {
    hook.add('10-a')
    const failing = hook.add('20-b', 'echo no connection; exit 7')
    hook.add('30-c')
    const output = `${failing} freeze: exit status 7: no connection\n`
    expect(await hook.call('freeze')).toEqual({ exitCode: 1, output })
    expect(hook.calls()).toEqual(['10-a freeze', '20-b freeze'])
    expect(hook.scratch.read('log')).toContain('exit status 7')
  })

  test('calls all for the thaw, whatever fails', async () => {
    hook.add('10-a')
    hook.add('20-b', 'exit 7')
    expect((await hook.call('thaw')).exitCode).toBe(1)
    expect(hook.calls()).toEqual(['20-b thaw', '10-a thaw'])
  })

  test(
    'ends one that is stuck, and names it',
    async () => {
      const stuck = hook.add('10-a', 'exec sleep 1000')
      expect(await hook.call('freeze', { limit: 3 })).toEqual({
        exitCode: 1,
        output: `${stuck} freeze: did not end in time\n`,
      })
    },
    SLOW_MS,
  )

  test.each(['+', '-'])(
    'gives the same time when the clock jumps (%s1 h)',
    async (sign) => {
      const date = hook.file('date')
      const jumped = `'+%s') echo $(($(/bin/date +%s) ${sign} 3600))`
      const first = `[ -e "$0.was" ] || { : > "$0.was"; exec /bin/date "$@"; }`
      hook.add(date, `${first}\ncase $1 in ${jumped} ;; *) exec /bin/date "$@" ;; esac`)
      const slow = hook.add('10-a', 'sleep 2')
      const stuck = hook.add('20-b', 'exec sleep 1000')
      const before = performance.now()
      const { output } = await hook.call('freeze', { limit: 6, path: `${hook.scratch.path}:` })
      expect(output).toBe(`${stuck} freeze: did not end in time\n`)
      expect(performance.now() - before).toBeLessThan(7000)
      expect(hook.scratch.read('log')).toContain(`${slow} freeze: done\n`)
    },
    SLOW_MS,
  )

  test('calls what a link leads to by its real path', async () => {
    mkdirSync(hook.file('a'))
    mkdirSync(hook.file('b'))
    const program = hook.add(hook.file('b/program'), 'echo "$0 in $PWD"; exit 3')
    const first = hook.link('10-a', '../a/link')
    // Up, and down through another link, as the kernel goes.
    expect((await run(['ln', '-s', '../b/../b/.//program', hook.file('a/link')])).exitCode).toBe(0)
    expect(await hook.call('freeze')).toEqual({
      exitCode: 1,
      output: `${first} freeze: exit status 3: ${program} in /\n`,
    })
  })

  test('makes its log so that nobody else can write to it, and goes on there', async () => {
    hook.add('10-a')
    expect((await hook.call('freeze', { umask: '000' })).exitCode).toBe(0)
    expect((await hook.call('thaw', { umask: '000' })).exitCode).toBe(0)
    expect(statSync(hook.file('log')).mode & 0o777).toBe(0o644)
    expect(readFileSync(hook.file('log'), 'utf8')).toMatch(
      /10-a freeze: done\n.*10-a thaw: begins\n/,
    )
  })
})
