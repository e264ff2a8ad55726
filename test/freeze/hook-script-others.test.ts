// SPDX-License-Identifier: Apache-2.0
/** What other users of the guest can try at the script that we ship as /etc/qemu/fsfreeze-hook: it runs as root. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { canRunHook, HookScript } from '../harness/hook-script.ts'
import { needs } from '../harness/needs.ts'
import { SLOW_MS } from '../harness/program.ts'
import {
  exchanging,
  hasSomebody,
  letOtherWrite,
  OTHER,
  othersDirectory,
} from '../harness/somebody.ts'

/** A program of theirs ran in every fourth when the way was not asked about. */
const CALLS = 30

const canTry = canRunHook && hasSomebody && needs('python3')

/** Ways to let others change something of mode 0755. */
const SPOILT: readonly (readonly [string, (path: string) => void])[] = [
  ['belongs to somebody', (path) => chownSync(path, OTHER, OTHER)],
  ['can be written by all', (path) => chmodSync(path, 0o777)],
  [
    'can be written by a group',
    (path) => {
      chownSync(path, 0, 7)
      chmodSync(path, 0o775)
    },
  ],
  ["can be written by root's group", (path) => chmodSync(path, 0o775)],
  ['can be written by an access list', letOtherWrite],
]

describe.if(canTry).each(['dash', 'busybox'] as const)('fsfreeze-hook under %s', (shell) => {
  let hook: HookScript
  beforeEach(() => {
    hook = new HookScript(shell)
    chmodSync(hook.scratch.path, 0o755)
  })
  afterEach(() => hook[Symbol.dispose]())

  const refused = (path: string, part = 'it') => ({
    exitCode: 1,
    output: `${path}: not called, for others than root can change ${part}\n`,
  })

  test.each(SPOILT)('does not call what %s', async (_, spoil) => {
    const path = hook.add('10-a')
    spoil(path)
    expect(await hook.call('freeze')).toEqual(refused(path))
    rmSync(path)

    mkdirSync(hook.file('app/bin'), { recursive: true })
    hook.link('10-a', hook.add(hook.file('app/bin/program')))
    spoil(hook.file('app'))
    expect(await hook.call('freeze')).toEqual(refused(path, hook.file('app')))
    rmSync(path)

    hook.add('10-a')
    const directory = dirname(path)
    spoil(directory)
    const output = `${directory}: not looked into, for others than root can change it\n`
    expect(await hook.call('freeze')).toEqual({ exitCode: 1, output })
    expect(await hook.call('thaw')).toEqual({ exitCode: 1, output })
    expect(hook.calls()).toEqual([])
  })

  test('does not look into a directory when others can put another in its place', async () => {
    hook.add('10-a')
    const path = hook.file('fsfreeze-hook.d')
    chmodSync(hook.scratch.path, 0o777)
    const output = `${path}: not looked into, for others than root can change ${hook.scratch.path}\n`
    expect(await hook.call('freeze')).toEqual({ exitCode: 1, output })
    rmSync(path, { recursive: true })
    expect((await hook.call('freeze')).exitCode).toBe(1)
  })

  test('does not let others choose a program of root’s by a link', async () => {
    const app = othersDirectory(hook.scratch, 'app')
    mkdirSync(hook.file('bin'))
    symlinkSync(hook.add(hook.file('bin/program')), join(app, 'link'))
    lchownSync(join(app, 'link'), OTHER, OTHER)
    const path = hook.link('10-a', join(app, 'link'))
    expect(await hook.call('freeze')).toEqual(refused(path, app))
    // In a sticky directory links of others are there, and root's stay.
    chownSync(app, 0, 0)
    chmodSync(app, 0o1777)
    expect(await hook.call('freeze')).toEqual(refused(path, join(app, 'link')))
    lchownSync(join(app, 'link'), 0, 0)
    expect(await hook.call('freeze')).toEqual({ exitCode: 0, output: '' })
    expect(hook.calls()).toEqual(['program freeze'])
  })

  test(
    'does not run another program while names are exchanged',
    async () => {
      const app = othersDirectory(hook.scratch, 'app')
      hook.add(join(app, 'program'))
      const foreign = hook.add(join(app, 'foreign'), `: > "${hook.file('foreign-ran')}"`)
      chownSync(foreign, OTHER, OTHER)
      const path = hook.link('10-a', join(app, 'program'))
      using _ = exchanging(join(app, 'program'), foreign)
      let ran = 0
      const answers: unknown[] = []
      for (let i = 0; i < CALLS; i++) {
        answers.push(await hook.call('freeze'))
        if (existsSync(hook.file('foreign-ran'))) ran++
        rmSync(hook.file('foreign-ran'), { force: true })
      }
      expect(ran).toBe(0)
      expect(answers).toEqual(answers.map(() => refused(path, app)))
    },
    SLOW_MS,
  )

  describe('logs to syslog, and makes no file', () => {
    let logged: string
    let directory: string
    beforeEach(() => {
      logged = hook.file('logged')
      mkdirSync(hook.file('programs'))
      hook.add(hook.file('programs/logger'), `echo "$*" >> "${logged}"`)
      hook.add('10-a')
      directory = hook.file('logs')
      mkdirSync(directory)
      symlinkSync(hook.file('victim'), join(directory, 'log'))
      lchownSync(join(directory, 'log'), OTHER, OTHER)
    })

    const call = () =>
      hook.call('freeze', { path: `${hook.file('programs')}:`, log: join(directory, 'log') })

    async function expectSyslog(): Promise<void> {
      expect(await call()).toEqual({ exitCode: 0, output: '' })
      expect(existsSync(hook.file('victim'))).toBe(false)
      // Busybox's shell takes its own, whatever PATH says.
      if (shell === 'busybox') return
      expect(hook.scratch.read('logged')).toContain(
        `-t qemu-ga-freeze-hook ${hook.file('fsfreeze-hook.d/10-a')} freeze: done\n`,
      )
    }

    test('when a link lies in its place', expectSyslog)

    test.each([
      ...SPOILT,
      ['is sticky, and all can write', (path: string) => chmodSync(path, 0o1777)] as const,
    ])('when its directory %s', async (_, spoil) => {
      spoil(directory)
      rmSync(join(directory, 'log'))
      await expectSyslog()
      expect(existsSync(join(directory, 'log'))).toBe(false)
    })

    test('when the file is somebody’s', async () => {
      rmSync(join(directory, 'log'))
      writeFileSync(join(directory, 'log'), '')
      chownSync(join(directory, 'log'), OTHER, OTHER)
      await expectSyslog()
      expect(existsSync(join(directory, 'log'))).toBe(true)
    })

    test(
      'while names are exchanged',
      async () => {
        chownSync(directory, OTHER, OTHER)
        writeFileSync(join(directory, 'file'), '')
        using _ = exchanging(join(directory, 'log'), join(directory, 'file'))
        for (let i = 0; i < 3; i++) await expectSyslog()
      },
      SLOW_MS,
    )
  })

  test('does not run programs that lie where the agent was started', async () => {
    const place = othersDirectory(hook.scratch, 'place')
    for (const tool of ['ls', 'date', 'sort', 'readlink', 'dirname', 'timeout', 'logger']) {
      hook.add(join(place, tool), `exec /bin/busybox ${tool} "$@"`)
    }
    hook.add('10-a')
    expect(await hook.call('thaw', { path: ':.:', cwd: place })).toEqual({
      exitCode: 0,
      output: '',
    })
    expect(hook.calls()).toEqual(['10-a thaw'])
  })
})
