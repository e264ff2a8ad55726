// SPDX-License-Identifier: Apache-2.0
/** The program that -F names. */
import { describe, expect, test } from 'bun:test'
import { chmodSync, chownSync } from 'node:fs'
import { dirname } from 'node:path'
import { calls, fileSystemsForAll, freezeList, hook, status, thaw } from '../harness/freezing.ts'
import { canMount, isWritable, LoopMounts } from '../harness/loop-mounts.ts'
import { processesWith } from '../harness/process-stat.ts'
import { logLines, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'

const held = fileSystemsForAll()

describe.if(canMount)('the hook', () => {
  test('runs before the freeze and after the thaw', async () => {
    using scratch = new Scratch()
    const probe = `touch ${held.all.ext4}/$1`
    using agent = await serving({ options: hook(scratch, probe) })
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
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
      const frozen = freezeList(agent.socket, held.all.ext4)
      await expect(frozen).rejects.toThrow(new Error(message))
      expect(await status(agent.socket)).toBe('thawed')
      expect(calls(scratch)).toEqual(['freeze', 'thaw'])
      expect(await isWritable(held.all.ext4)).toBe(true)
    },
  )

  test('is called for the thaw when there was nothing to freeze', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: hook(scratch) })
    expect(await freezeList(agent.socket, '/nonexistent')).toBe(0)
    expect(calls(scratch)).toEqual(['freeze', 'thaw'])
  })

  test('is called for the thaw when the mounts cannot be looked at', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: hook(scratch) })
    using vanished = new LoopMounts()
    const point = vanished.add('ext4', 'vanished')
    vanished.mount(vanished.directory, '-t', 'tmpfs', 'none')
    await expect(freezeList(agent.socket, point)).rejects.toThrow(`failed to open ${point}`)
    expect(calls(scratch)).toEqual(['freeze', 'thaw'])
  })

  test('that succeeds has its words in the log', async () => {
    using scratch = new Scratch()
    const options = ['-v', '-l', scratch.file('log'), ...hook(scratch, 'echo flushed; echo $1')]
    using agent = await serving({ options })
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
    expect(await thaw(agent.socket)).toBe(1)
    await agent.stop()
    const said = logLines(scratch.read('log')).filter((line) => line.includes(' said: '))
    expect(said).toEqual(
      ['freeze', 'thaw'].flatMap((arg) => [
        `info: fsfreeze hook with arg '${arg}' said: flushed`,
        `info: fsfreeze hook with arg '${arg}' said: ${arg}`,
      ]),
    )
  })

  test('that fails at the thaw is an error, and all is thawed', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: hook(scratch, '[ "$1" = freeze ]') })
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
    await expect(thaw(agent.socket)).rejects.toThrow(
      'child process has failed to execute fsfreeze hook: exit status 1; 1 file systems are thawed',
    )
    expect(await isWritable(held.all.ext4)).toBe(true)
    expect(await status(agent.socket)).toBe('thawed')
  })

  test(
    'that does not end is ended, with all that it started',
    async () => {
      using scratch = new Scratch()
      const options = ['--fsfreeze-hook-timeout=1', ...hook(scratch, 'sleep 1234567 & wait')]
      using agent = await serving({ options })
      await expect(freezeList(agent.socket, held.all.ext4)).rejects.toThrow(
        `child process has failed to execute fsfreeze hook: ${scratch.file('hook')} did not end within 1 seconds`,
      )
      await until('it has gone', () => processesWith('1234567').length === 0)
      expect(await isWritable(held.all.ext4)).toBe(true)
    },
    SLOW_MS,
  )

  test('that leaves a process behind is not waited for', async () => {
    using scratch = new Scratch()
    using agent = await serving({ options: hook(scratch, 'sleep 7654321 &') })
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
    expect(await thaw(agent.socket)).toBe(1)
    for (const pid of processesWith('7654321')) process.kill(pid, 'SIGKILL')
  })

  test.each([
    [
      'others can write',
      (path: string) => chmodSync(path, 0o757),
      'it can be written by others than root',
    ],
    [
      'does not belong to root',
      (path: string) => chownSync(path, 65534, 0),
      'it does not belong to root',
    ],
    [
      'others can put another in the place of',
      (path: string) => chmodSync(dirname(path), 0o777),
      '"',
    ],
  ])('that %s is not run', async (_, spoil, reason) => {
    using scratch = new Scratch()
    const options = hook(scratch)
    spoil(scratch.file('hook'))
    using agent = await serving({ options })
    await expect(freezeList(agent.socket, held.all.ext4)).rejects.toThrow(
      `Cannot execute fsfreeze hook "${scratch.file('hook')}": ${reason}`,
    )
    expect(calls(scratch)).toEqual([])
    expect(await isWritable(held.all.ext4)).toBe(true)
  })

  test('that is missing is an error in the words of upstream', async () => {
    using agent = await serving({ options: ['-F/nonexistent'] })
    await expect(freezeList(agent.socket, held.all.ext4)).rejects.toThrow(
      new Error(
        "child process has failed to execute fsfreeze hook: failed to exec '/nonexistent': No such file or directory\n",
      ),
    )
  })
})
