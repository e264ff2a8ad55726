// SPDX-License-Identifier: Apache-2.0
/** Freeze and thaw of real file systems, always by name: what takes no list runs in a cell of its own. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canMount, isWritable, LoopMounts, Writer } from '../harness/loop-mounts.ts'
import { processesWith } from '../harness/process-stat.ts'
import { ask, call, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

/** Watchdogs and freezers that an agent's processes left are looked for by this. */
const FREEZER = '--qga-freezer'

const freezeList = (socket: string, ...mountpoints: readonly string[]) =>
  call<number>(socket, 'guest-fsfreeze-freeze-list', { mountpoints })
const thaw = (socket: string) => call<number>(socket, 'guest-fsfreeze-thaw')
const status = (socket: string) => call<string>(socket, 'guest-fsfreeze-status')

let mounts: LoopMounts
let all: Record<'ext4' | 'xfs' | 'btrfs' | 'inner', string>
beforeAll(() => {
  if (!canMount) return
  mounts = new LoopMounts()
  const ext4 = mounts.add('ext4', 'ext4')
  const xfs = mounts.add('xfs', 'xfs')
  const inner = mounts.add('ext4', 'inner', join(xfs, 'inner.img'))
  all = { ext4, xfs, inner, btrfs: mounts.add('btrfs', 'btrfs') }
})
afterAll(() => mounts?.[Symbol.dispose]())

const writable = () => Promise.all(Object.values(all).map(isWritable))
const ALL_WRITABLE = [true, true, true, true]

/** A hook that writes down how it was called, and then does as told. */
function hook(scratch: Scratch, body = ''): readonly string[] {
  const path = scratch.file('hook')
  writeFileSync(path, `#!/bin/sh\necho "$1" >> ${scratch.file('calls')}\n${body}\n`, {
    mode: 0o755,
  })
  return [`-F${path}`]
}

const calls = (scratch: Scratch) =>
  existsSync(scratch.file('calls')) ? scratch.read('calls').trim().split('\n') : []

describe.if(canMount)('freeze', () => {
  test(
    'holds up writers on ext4, xfs, btrfs and what lies on one of them until the thaw',
    async () => {
      using agent = await serving()
      const points = Object.values(all)
      expect(await freezeList(agent.socket, ...points)).toBe(4)
      expect(await status(agent.socket)).toBe('frozen')
      const writers = points.map((point) => new Writer(join(point, 'written')))
      await Bun.sleep(500)
      expect(writers.map(({ isDone }) => isDone)).toEqual([false, false, false, false])
      expect(await thaw(agent.socket)).toBe(4)
      expect(await status(agent.socket)).toBe('thawed')
      expect(await Promise.all(writers.map((writer) => writer.done()))).toEqual(ALL_WRITABLE)
      expect(readFileSync(join(all.inner, 'written'), 'utf8')).toBe('written\n')
      await until('the helpers have gone', () => processesWith(FREEZER).length === 0)
    },
    SLOW_MS,
  )

  test('is refused while frozen, as everything but the six is', async () => {
    using agent = await serving()
    expect(await freezeList(agent.socket, all.ext4)).toBe(1)
    using client = await agent.connect()
    for (const name of ['guest-fsfreeze-freeze', 'guest-fsfreeze-freeze-list', 'guest-get-time']) {
      expect((await ask(client, name)).error).toEqual({
        class: 'CommandNotFound',
        desc: `Command ${name} has been disabled: the command is not allowed`,
      })
    }
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    expect(await ask(client, 'guest-fsfreeze-thaw')).toEqual({ return: 1 })
    expect(await ask(client, 'guest-get-time')).toHaveProperty('return')
    expect(await ask(client, 'guest-fsfreeze-thaw')).toEqual({ return: 0 })
  })

  test('finds a file system by any of its mount points, and passes over names that are none', async () => {
    using agent = await serving()
    const bound = join(mounts.directory, 'bound')
    mounts.mount(bound, '--bind', all.ext4)
    expect(await freezeList(agent.socket, `${bound}/`, '/nonexistent')).toBe(1)
    expect(await isWritable(all.ext4)).toBe(false)
    expect(await thaw(agent.socket)).toBe(1)
    expect(await freezeList(agent.socket, '/nonexistent')).toBe(0)
    expect(await status(agent.socket)).toBe('thawed')
    expect(await freezeList(agent.socket)).toBe(0)
  })

  test('does not count what others froze, and thaws that too', async () => {
    using agent = await serving()
    expect(spawnSync('fsfreeze', ['-f', all.ext4]).status).toBe(0)
    expect(await freezeList(agent.socket, all.ext4, all.btrfs)).toBe(1)
    expect(await thaw(agent.socket)).toBe(2)
    expect(await isWritable(all.ext4)).toBe(true)
    expect(spawnSync('fsfreeze', ['-f', all.xfs]).status).toBe(0)
    expect(await thaw(agent.socket)).toBe(1)
    expect(await isWritable(all.xfs)).toBe(true)
  })

  test('says in the log what somebody else has thawed', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: ['-v', '-l', scratch.file('log')] })
    expect(await freezeList(agent.socket, all.ext4, all.btrfs)).toBe(2)
    expect(spawnSync('fsfreeze', ['-u', all.ext4]).status).toBe(0)
    expect(await thaw(agent.socket)).toBe(1)
    await until('the log is written', () =>
      scratch.read('log').includes(`warning: ${all.ext4} has been thawed by somebody else\n`),
    )
  })

  test('leaves nothing frozen when one mount cannot be reached', async () => {
    using agent = await serving()
    using vanished = new LoopMounts()
    const point = vanished.add('ext4', 'vanished')
    // What lies over the directory hides the mount, which stays in the table.
    vanished.mount(vanished.directory, '-t', 'tmpfs', 'none')
    const frozen = freezeList(agent.socket, all.ext4, point, all.xfs)
    await expect(frozen).rejects.toThrow(`failed to open ${point}: No such file or directory`)
    expect(await status(agent.socket)).toBe('thawed')
    expect(await writable()).toEqual(ALL_WRITABLE)
  })

  test(
    'leaves nothing frozen when one file system refuses',
    async () => {
      // Without the right to: the first is frozen by nobody, and the others are not tried.
      using agent = await serving({}, [
        'setpriv',
        '--bounding-set',
        '-sys_admin',
        '--inh-caps',
        '-sys_admin',
      ])
      const frozen = freezeList(agent.socket, all.ext4, all.xfs)
      await expect(frozen).rejects.toThrow(`failed to freeze ${all.xfs}: Operation not permitted`)
      expect(await status(agent.socket)).toBe('thawed')
      expect(await writable()).toEqual(ALL_WRITABLE)
    },
    SLOW_MS,
  )
})

describe.if(canMount)('a freeze ends', () => {
  test(
    'at its limit, and a later thaw answers 0',
    async () => {
      using scratch = new Scratch()
      const log = ['-v', '-l', scratch.file('log')]
      using agent = await serving({ options: ['--fsfreeze-timeout=1', ...log, ...hook(scratch)] })
      expect(await freezeList(agent.socket, all.ext4, all.xfs)).toBe(2)
      await until('the agent is thawed', async () => (await status(agent.socket)) === 'thawed')
      expect(await writable()).toEqual(ALL_WRITABLE)
      expect(calls(scratch)).toEqual(['freeze', 'thaw'])
      expect(existsSync(join(agent.directory, 'qga.state.isfrozen'))).toBe(false)
      expect(await thaw(agent.socket)).toBe(0)
      await until('the log is written', () =>
        scratch
          .read('log')
          .includes('error: no thaw within 1 s: 2 file systems thawed by the watchdog\n'),
      )
    },
    SLOW_MS,
  )

  test(
    'while the agent is stopped',
    async () => {
      using scratch = new Scratch()
      using agent = await serving({ options: ['--fsfreeze-timeout=1', ...hook(scratch)] })
      expect(await freezeList(agent.socket, all.ext4)).toBe(1)
      process.kill(agent.pid, 'SIGSTOP')
      await until('the hook was called', () => calls(scratch).length === 2)
      expect(await isWritable(all.ext4)).toBe(true)
      process.kill(agent.pid, 'SIGCONT')
      await until('the agent knows', async () => (await status(agent.socket)) === 'thawed')
      expect(await thaw(agent.socket)).toBe(0)
    },
    SLOW_MS,
  )

  test(
    'when the agent is killed and nobody starts another',
    async () => {
      using scratch = new Scratch()
      const options = ['--fsfreeze-timeout=2', ...hook(scratch)]
      using agent = await serving({ directory: scratch.path, options })
      expect(await freezeList(agent.socket, all.ext4)).toBe(1)
      await agent.kill()
      expect(await isWritable(all.ext4)).toBe(false)
      await until('the watchdog has gone', () => processesWith(FREEZER).length === 0)
      expect(await isWritable(all.ext4)).toBe(true)
      expect(calls(scratch)).toEqual(['freeze', 'thaw'])
      expect(existsSync(scratch.file('qga.state.isfrozen'))).toBe(false)
    },
    SLOW_MS,
  )

  test(
    'by the agent that comes after one that was killed',
    async () => {
      using scratch = new Scratch()
      using first = await serving({ directory: scratch.path })
      expect(await freezeList(first.socket, all.ext4, all.btrfs)).toBe(2)
      await first.kill()
      using second = await serving({ directory: scratch.path, options: hook(scratch) })
      expect(await status(second.socket)).toBe('frozen')
      expect(await isWritable(all.ext4)).toBe(false)
      expect(await thaw(second.socket)).toBe(2)
      expect(await status(second.socket)).toBe('thawed')
      expect(await writable()).toEqual(ALL_WRITABLE)
      expect(calls(scratch)).toEqual(['thaw'])
      await until(
        'the first one\u2019s watchdog has gone',
        () => processesWith(FREEZER).length === 0,
      )
    },
    SLOW_MS,
  )

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'before the agent does, at %s',
    async (signal) => {
      using scratch = new Scratch()
      const options = ['-v', '-l', scratch.file('log'), ...hook(scratch)]
      using agent = await serving({ options })
      expect(await freezeList(agent.socket, all.ext4, all.inner, all.xfs)).toBe(3)
      process.kill(agent.pid, signal)
      expect(await agent.stop()).toBe(0)
      expect(await writable()).toEqual(ALL_WRITABLE)
      expect(calls(scratch)).toEqual(['freeze', 'thaw'])
      expect(scratch.read('log')).toContain(
        'warning: logging re-enabled due to filesystem unfreeze\n',
      )
    },
    SLOW_MS,
  )

  test(
    'although the freezer was killed',
    async () => {
      using agent = await serving()
      expect(await freezeList(agent.socket, all.ext4, all.xfs)).toBe(2)
      // The freezer was started first.
      process.kill(Math.min(...processesWith(FREEZER)), 'SIGKILL')
      expect(await thaw(agent.socket)).toBe(2)
      expect(await writable()).toEqual(ALL_WRITABLE)
    },
    SLOW_MS,
  )

  test(
    'although all its helpers were killed',
    async () => {
      using agent = await serving()
      expect(await freezeList(agent.socket, all.ext4, all.xfs)).toBe(2)
      for (const pid of processesWith(FREEZER)) process.kill(pid, 'SIGKILL')
      expect(await thaw(agent.socket)).toBe(2)
      expect(await writable()).toEqual(ALL_WRITABLE)
    },
    SLOW_MS,
  )
})

describe.if(canMount)('the hook', () => {
  test('runs before the freeze and after the thaw', async () => {
    using scratch = new Scratch()
    const probe = `touch ${all.ext4}/$1`
    using agent = await serving({ options: hook(scratch, probe) })
    expect(await freezeList(agent.socket, all.ext4)).toBe(1)
    expect(calls(scratch)).toEqual(['freeze'])
    expect(await thaw(agent.socket)).toBe(1)
    expect(calls(scratch)).toEqual(['freeze', 'thaw'])
  })

  test.each([
    [
      'echo cannot flush; exit 3',
      'child process has failed to execute fsfreeze hook: cannot flush\n',
    ],
    ['exit 4', 'child process has failed to execute fsfreeze hook: exit status 4'],
    ['kill -9 $$', 'child process has terminated abnormally'],
  ])(
    'that fails with %p ends the freeze before it begins, and is called for the thaw',
    async (body, message) => {
      using scratch = new Scratch()
      using agent = await serving({ options: hook(scratch, `[ "$1" = thaw ] || { ${body}; }`) })
      const frozen = freezeList(agent.socket, all.ext4)
      await expect(frozen).rejects.toThrow(new Error(message))
      expect(await status(agent.socket)).toBe('thawed')
      expect(calls(scratch)).toEqual(['freeze', 'thaw'])
      expect(await isWritable(all.ext4)).toBe(true)
    },
  )

  test('that fails at the thaw is an error, and all is thawed', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: hook(scratch, '[ "$1" = freeze ]') })
    expect(await freezeList(agent.socket, all.ext4)).toBe(1)
    await expect(thaw(agent.socket)).rejects.toThrow(
      'child process has failed to execute fsfreeze hook',
    )
    expect(await isWritable(all.ext4)).toBe(true)
    expect(await status(agent.socket)).toBe('thawed')
  })

  test(
    'that does not end is ended, with all that it started',
    async () => {
      using scratch = new Scratch()
      const options = ['--fsfreeze-hook-timeout=1', ...hook(scratch, 'sleep 1234567 & wait')]
      using agent = await serving({ options })
      await expect(freezeList(agent.socket, all.ext4)).rejects.toThrow(
        `child process has failed to execute fsfreeze hook: ${scratch.file('hook')} did not end within 1 seconds`,
      )
      expect(processesWith('1234567')).toEqual([])
      expect(await isWritable(all.ext4)).toBe(true)
    },
    SLOW_MS,
  )

  test('that leaves a process behind is not waited for', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: hook(scratch, 'sleep 7654321 &') })
    expect(await freezeList(agent.socket, all.ext4)).toBe(1)
    expect(await thaw(agent.socket)).toBe(1)
    for (const pid of processesWith('7654321')) process.kill(pid, 'SIGKILL')
  })

  test.each([
    ['others can write', (path: string) => chmodSync(path, 0o757), 'others than root can write it'],
    [
      'does not belong to root',
      (path: string) => chownSync(path, 65534, 0),
      'it does not belong to root',
    ],
  ])('that %s is not run', async (_, spoil, reason) => {
    using scratch = new Scratch()
    const options = hook(scratch)
    spoil(scratch.file('hook'))
    using agent = await serving({ options })
    await expect(freezeList(agent.socket, all.ext4)).rejects.toThrow(
      `Cannot execute fsfreeze hook "${scratch.file('hook')}": ${reason}`,
    )
    expect(calls(scratch)).toEqual([])
    expect(await isWritable(all.ext4)).toBe(true)
  })

  test('that is missing is an error in the words of upstream', async () => {
    using agent = await serving({ options: ['-F/nonexistent'] })
    await expect(freezeList(agent.socket, all.ext4)).rejects.toThrow(
      new Error(
        "child process has failed to execute fsfreeze hook: failed to exec '/nonexistent': No such file or directory\n",
      ),
    )
  })
})
