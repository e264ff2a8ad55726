// SPDX-License-Identifier: Apache-2.0
/** Freeze and thaw of real file systems. What takes no list runs in a cell of its own. */
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import {
  allWritable,
  fileSystemsForAll,
  freezeList,
  freezersOf,
  status,
  thaw,
} from '../harness/freezing.ts'
import { canMount, isWritable, LoopMounts, Writer } from '../harness/loop-mounts.ts'
import { ask, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const held = fileSystemsForAll()

describe.if(canMount)('freeze', () => {
  test(
    'holds up writers on ext4, xfs, btrfs and what lies on one of them until the thaw',
    async () => {
      using agent = await serving()
      const points = Object.values(held.all)
      expect(await freezeList(agent.socket, ...points)).toBe(4)
      expect(await status(agent.socket)).toBe('frozen')
      const writers = points.map((point) => new Writer(join(point, 'written')))
      await Bun.sleep(500)
      expect(writers.map(({ isDone }) => isDone)).toEqual([false, false, false, false])
      expect(await thaw(agent.socket)).toBe(4)
      expect(await status(agent.socket)).toBe('thawed')
      expect(await Promise.all(writers.map((writer) => writer.done()))).toEqual([
        true,
        true,
        true,
        true,
      ])
      expect(readFileSync(join(held.all.inner, 'written'), 'utf8')).toBe('written\n')
      await until('the helpers have gone', () => freezersOf(agent).length === 0)
    },
    SLOW_MS,
  )

  test('is refused while frozen, as everything but the six is', async () => {
    using agent = await serving()
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
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
    const bound = join(held.mounts.directory, 'bound')
    held.mounts.mount(bound, '--bind', held.all.ext4)
    expect(await freezeList(agent.socket, `${bound}/`, '/nonexistent')).toBe(1)
    expect(await isWritable(held.all.ext4)).toBe(false)
    expect(await thaw(agent.socket)).toBe(1)
    expect(await freezeList(agent.socket, '/nonexistent')).toBe(0)
    expect(await status(agent.socket)).toBe('thawed')
    expect(await freezeList(agent.socket)).toBe(0)
  })

  test('finds a file system through links, and by a subvolume of it', async () => {
    using scratch = new Scratch()
    using agent = await serving()
    const link = scratch.file('link')
    symlinkSync(held.all.ext4, link)
    const subvolume = join(held.all.btrfs, 'sub')
    expect(spawnSync('btrfs', ['subvolume', 'create', subvolume]).status).toBe(0)
    const mounted = join(held.mounts.directory, 'subvolume')
    const { stdout } = spawnSync('findmnt', ['-no', 'SOURCE', held.all.btrfs], { encoding: 'utf8' })
    held.mounts.mount(mounted, '-o', 'subvol=sub', stdout.trim())
    expect(await freezeList(agent.socket, `${link}/.`, mounted)).toBe(2)
    expect(await isWritable(held.all.ext4)).toBe(false)
    expect(await isWritable(held.all.btrfs)).toBe(false)
    expect(await thaw(agent.socket)).toBe(2)
  })

  test(
    'takes what lies on another first, also when the other was mounted later',
    async () => {
      using agent = await serving()
      using own = new LoopMounts()
      const lower = own.add('ext4', 'lower')
      const inner = own.add('ext4', 'inner', join(lower, 'inner.img'))
      const again = join(own.directory, 'again')
      const { stdout } = spawnSync('findmnt', ['-no', 'SOURCE', lower], { encoding: 'utf8' })
      expect(spawnSync('umount', ['-l', lower]).status).toBe(0)
      own.mount(again, stdout.trim())
      // In the order of mounting alone the flush of the inner one would wait for the outer one's thaw.
      const writer = new Writer(join(inner, 'dirty'))
      expect(await writer.done()).toBe(true)
      expect(await freezeList(agent.socket, inner, again)).toBe(2)
      expect(await thaw(agent.socket)).toBe(2)
      expect(await isWritable(inner)).toBe(true)
    },
    SLOW_MS,
  )

  test('does not count what others froze, and thaws that too', async () => {
    using agent = await serving()
    expect(spawnSync('fsfreeze', ['-f', held.all.ext4]).status).toBe(0)
    expect(await freezeList(agent.socket, held.all.ext4, held.all.btrfs)).toBe(1)
    expect(await thaw(agent.socket)).toBe(2)
    expect(await isWritable(held.all.ext4)).toBe(true)
    expect(spawnSync('fsfreeze', ['-f', held.all.xfs]).status).toBe(0)
    expect(await thaw(agent.socket)).toBe(1)
    expect(await isWritable(held.all.xfs)).toBe(true)
  })

  test('says in the log what somebody else has thawed', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: ['-v', '-l', scratch.file('log')] })
    expect(await freezeList(agent.socket, held.all.ext4, held.all.btrfs)).toBe(2)
    expect(spawnSync('fsfreeze', ['-u', held.all.ext4]).status).toBe(0)
    expect(await thaw(agent.socket)).toBe(1)
    await until('the log is written', () =>
      scratch.read('log').includes(`warning: ${held.all.ext4} has been thawed by somebody else\n`),
    )
  })

  test('leaves nothing frozen when one mount cannot be reached', async () => {
    using agent = await serving()
    using vanished = new LoopMounts()
    const point = vanished.add('ext4', 'vanished')
    // What lies over the directory hides the mount, which stays in the table.
    vanished.mount(vanished.directory, '-t', 'tmpfs', 'none')
    const frozen = freezeList(agent.socket, held.all.ext4, point, held.all.xfs)
    await expect(frozen).rejects.toThrow(`failed to open ${point}: No such file or directory`)
    expect(await status(agent.socket)).toBe('thawed')
    expect(await allWritable(held.all)).toBe(true)
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
      const frozen = freezeList(agent.socket, held.all.ext4, held.all.xfs)
      await expect(frozen).rejects.toThrow(
        `failed to freeze ${held.all.xfs}: Operation not permitted`,
      )
      expect(await status(agent.socket)).toBe('thawed')
      expect(await allWritable(held.all)).toBe(true)
    },
    SLOW_MS,
  )
})
