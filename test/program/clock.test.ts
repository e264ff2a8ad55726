// SPDX-License-Identifier: Apache-2.0
/**
 * The clock jumps, as it does when a guest is resumed from a snapshot or NTP comes in late: what has a limit ends when
 * that much time has passed, and not when the clock says so.
 */
import { describe, expect, test } from 'bun:test'
import { calls, freezeList, freezersOf, hook, status } from '../harness/freezing.ts'
import { canMount, isWritable, LoopMounts } from '../harness/loop-mounts.ts'
import { canMoveClock, MovingClock } from '../harness/moving-clock.ts'
import { ask, call, type Finished, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'
import { canHang, silentMount } from '../harness/silent-mount.ts'

const DAY = 86_400
const JUMPS = [
  ['forwards', DAY],
  ['backwards', -DAY],
] as const

/** What a busy machine may add to a limit; a day is more. */
const LATE_MS = 15_000
/** Timers may be early by their own grain. */
const EARLY_MS = 50

function expectPassed(since: number, limitMs: number): void {
  const passedMs = performance.now() - since
  expect(passedMs).toBeGreaterThan(limitMs - EARLY_MS)
  expect(passedMs).toBeLessThan(limitMs + LATE_MS)
}

/** The guest's time from the machine's, in seconds. */
async function shiftOf(client: RawClient): Promise<number> {
  const { return: nanoseconds } = await ask(client, 'guest-get-time')
  return (nanoseconds as number) / 1e9 - Date.now() / 1000
}

describe.if(canMoveClock).each(JUMPS)('When the clock jumps a day %s', (_, jump) => {
  test(
    'a program goes on, and its result stays as long as it may',
    async () => {
      using scratch = new Scratch()
      const clock = new MovingClock(scratch)
      using agent = await serving({ env: clock.env, options: ['--max-exec-jobs=1'] })
      using client = await agent.connect()
      const since = performance.now()
      const script = 'echo before; sleep 2; echo after'
      const exec = { path: '/bin/sh', arg: ['-c', script], 'capture-output': true }
      const { return: started } = await ask(client, 'guest-exec', exec)
      expect(await ask(client, 'guest-exec-status', started as object)).toEqual({
        return: { exited: false },
      })
      expect(await shiftOf(client)).toBeCloseTo(0, -1)
      clock.set(jump)
      expect(await shiftOf(client)).toBeCloseTo(jump, -1)
      await until('the program has ended', () => performance.now() > since + 2500)
      clock.set(2 * jump)
      // exec-result-age is an hour: a second program must not throw the first one's result away.
      const { error } = await ask(client, 'guest-exec', exec)
      expect(error?.desc ?? '').toContain('too many processes whose result was not fetched')
      const { return: ended } = await ask(client, 'guest-exec-status', started as object)
      expect(ended as Finished).toEqual({
        exited: true,
        exitcode: 0,
        'out-data': btoa('before\nafter\n'),
        'out-truncated': false,
      })
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )

  test.if(canHang)(
    'a command that is stuck has its whole time, and no more',
    async () => {
      using scratch = new Scratch()
      const clock = new MovingClock(scratch)
      using mount = await silentMount(scratch)
      const start = { env: clock.env, options: ['--file-timeout=4'] }
      using agent = await serving(start, mount.namespace.enter)
      using client = await agent.connect()
      const since = performance.now()
      const stuck = ask(client, 'guest-file-open', { path: `${mount.path}/file` })
      await Bun.sleep(500)
      clock.set(jump)
      const { error } = await stuck
      expectPassed(since, 4000)
      expect(error?.desc).toBe('Cannot wait for guest-file-open: it has not ended after 4 s')
      const again = await ask(client, 'guest-file-open', { path: `${mount.path}/other` })
      expect(again.error?.desc).toMatch(/its file system has not answered for \d{1,2} s$/)
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    },
    SLOW_MS,
  )

  test.if(canMount)(
    'a freeze ends at its limit, by the agent’s watchdog and without the agent',
    async () => {
      using scratch = new Scratch()
      using mounts = new LoopMounts()
      const path = mounts.add('ext4', 'clock')
      const clock = new MovingClock(scratch)
      const options = ['--fsfreeze-timeout=4', ...hook(scratch)]
      using agent = await serving({ env: clock.env, options })

      let since = performance.now()
      expect(await freezeList(agent.socket, path)).toBe(1)
      expect(freezersOf(agent).map((pid) => clock.isOf(pid))).toEqual([true, true])
      clock.set(jump)
      expect(await status(agent.socket)).toBe('frozen')
      await until('the agent is thawed', async () => (await status(agent.socket)) === 'thawed')
      expectPassed(since, 4000)
      expect(await isWritable(path)).toBe(true)

      clock.set(0)
      since = performance.now()
      expect(await freezeList(agent.socket, path)).toBe(1)
      await agent.kill()
      clock.set(jump)
      await until('the watchdog has gone', () => freezersOf(agent).length === 0)
      expectPassed(since, 4000)
      expect(await isWritable(path)).toBe(true)
      expect(calls(scratch)).toEqual(['freeze', 'thaw', 'freeze', 'thaw'])
    },
    SLOW_MS,
  )

  test('the times of the log go with it', async () => {
    using scratch = new Scratch()
    const clock = new MovingClock(scratch)
    const log = scratch.file('log')
    using agent = await serving({ env: clock.env, options: ['-v', '-l', log] })
    clock.set(jump)
    await call(agent.socket, 'guest-info')
    expect(await agent.stop()).toBe(0)
    const times = scratch.read('log').trim().split('\n').map(Number.parseFloat)
    const shifts = times.map((time) => Math.round((time - Date.now() / 1000) / DAY))
    expect([...new Set(shifts)]).toEqual([0, Math.sign(jump)])
  })
})
