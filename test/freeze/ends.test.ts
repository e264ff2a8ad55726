// SPDX-License-Identifier: Apache-2.0
/** A guest must never stay frozen by accident. */
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  allWritable,
  calls,
  fileSystemsForAll,
  freezeList,
  freezersOf,
  hook,
  status,
  thaw,
} from '../harness/freezing.ts'
import { hasStrace, traced, WITHOUT_MEMFD } from '../harness/koffi.ts'
import { canMount, isWritable } from '../harness/loop-mounts.ts'
import { Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const held = fileSystemsForAll()

describe.if(canMount)('a freeze ends', () => {
  test(
    'at its limit, and a later thaw answers 0',
    async () => {
      using scratch = new Scratch()
      const log = ['-v', '-l', scratch.file('log')]
      using agent = await serving({ options: ['--fsfreeze-timeout=1', ...log, ...hook(scratch)] })
      expect(await freezeList(agent.socket, held.all.ext4, held.all.xfs)).toBe(2)
      await until('the agent is thawed', async () => (await status(agent.socket)) === 'thawed')
      expect(await allWritable(held.all)).toBe(true)
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
      expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
      process.kill(agent.pid, 'SIGSTOP')
      await until('the hook was called', () => calls(scratch).length === 2)
      expect(await isWritable(held.all.ext4)).toBe(true)
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
      expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
      await agent.kill()
      expect(await isWritable(held.all.ext4)).toBe(false)
      await until('the watchdog has gone', () => freezersOf(agent).length === 0)
      expect(await isWritable(held.all.ext4)).toBe(true)
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
      expect(await freezeList(first.socket, held.all.ext4, held.all.btrfs)).toBe(2)
      await first.kill()
      using second = await serving({ directory: scratch.path, options: hook(scratch) })
      expect(await status(second.socket)).toBe('frozen')
      expect(await isWritable(held.all.ext4)).toBe(false)
      expect(await thaw(second.socket)).toBe(2)
      expect(await status(second.socket)).toBe('thawed')
      expect(await allWritable(held.all)).toBe(true)
      expect(calls(scratch)).toEqual(['thaw'])
      await until('the first one\u2019s watchdog has gone', () => freezersOf(first).length === 0)
    },
    SLOW_MS,
  )

  test.if(hasStrace)(
    'by one that comes after, although memfd is refused to it',
    async () => {
      using scratch = new Scratch()
      using first = await serving({ directory: scratch.path })
      expect(await freezeList(first.socket, held.all.ext4)).toBe(1)
      await first.kill()
      const refused = traced(scratch.file('trace'), ...WITHOUT_MEMFD)
      using second = await serving({ directory: scratch.path }, refused)
      expect(await thaw(second.socket)).toBe(1)
      expect(await allWritable(held.all)).toBe(true)
      expect(scratch.read('trace')).toContain('(INJECTED)')
      expect(await second.stop()).toBe(0)
    },
    SLOW_MS,
  )

  test(
    'not at SIGHUP',
    async () => {
      using agent = await serving()
      expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
      for (let i = 0; i < 10; i++) process.kill(agent.pid, 'SIGHUP')
      expect(await status(agent.socket)).toBe('frozen')
      expect(await isWritable(held.all.ext4)).toBe(false)
      expect(await thaw(agent.socket)).toBe(1)
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'before the agent does, at %s',
    async (signal) => {
      using scratch = new Scratch()
      const options = ['-v', '-l', scratch.file('log'), ...hook(scratch)]
      using agent = await serving({ options })
      expect(await freezeList(agent.socket, held.all.ext4, held.all.inner, held.all.xfs)).toBe(3)
      process.kill(agent.pid, signal)
      expect(await agent.stop()).toBe(0)
      expect(await allWritable(held.all)).toBe(true)
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
      expect(await freezeList(agent.socket, held.all.ext4, held.all.xfs)).toBe(2)
      // The freezer was started first.
      process.kill(freezersOf(agent)[0] as number, 'SIGKILL')
      expect(await thaw(agent.socket)).toBe(2)
      expect(await allWritable(held.all)).toBe(true)
    },
    SLOW_MS,
  )

  test(
    'although all its helpers were killed',
    async () => {
      using agent = await serving()
      expect(await freezeList(agent.socket, held.all.ext4, held.all.xfs)).toBe(2)
      for (const pid of freezersOf(agent)) process.kill(pid, 'SIGKILL')
      expect(await thaw(agent.socket)).toBe(2)
      expect(await allWritable(held.all)).toBe(true)
    },
    SLOW_MS,
  )
})
