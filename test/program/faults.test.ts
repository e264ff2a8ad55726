// SPDX-License-Identifier: Apache-2.0
/** What a system does to its programs: full disks, no descriptors, no memory, signals. The agent says so, and lives. */
import { describe, expect, test } from 'bun:test'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Agent } from '../harness/agent.ts'
import { startAgent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { MemoryGroup } from '../harness/memory-group.ts'
import { MountNamespace } from '../harness/mount-namespace.ts'
import { needs } from '../harness/needs.ts'
import { cpuSecondsInOneSecond, processesWith } from '../harness/process-stat.ts'
import { ask, finished, Scratch, SLOW_MS, serving } from '../harness/program.ts'
import type { RawClient } from '../harness/raw-client.ts'

const canMount = needs('root') && needs('unshare') && needs('nsenter')

const open = (client: RawClient, path: string, mode = 'r') =>
  ask(client, 'guest-file-open', { path, mode })

/** It answers, and ends in order when it is told to. */
async function livesOn(agent: Agent, client: RawClient): Promise<void> {
  expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
  expect(await agent.stop()).toBe(0)
}

describe.if(canMount)('A full disk', () => {
  /** The directory `full` has no room left. */
  const filled = (scratch: Scratch) => {
    mkdirSync(scratch.file('full'))
    return MountNamespace.start(
      `mount -t tmpfs -o size=64k qga '${scratch.file('full')}'
echo > '${scratch.file('full')}/qga.state'
dd if=/dev/zero of='${scratch.file('full')}/filler' bs=1k 2>/dev/null || true`,
    )
  }

  test('below the state directory is an error of what has to be kept, and no other', async () => {
    using scratch = new Scratch()
    using namespace = await filled(scratch)
    const options = ['-t', scratch.file('full')]
    using agent = await serving({ directory: scratch.path, options }, namespace.enter)
    using client = await agent.connect()
    expect((await open(client, '/dev/null')).error?.desc).toMatch(
      /^failed to commit persistent state to disk: .*\/full\/qga\.state: No space left on device$/,
    )
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    expect(await finished(client, { path: '/bin/true' })).toEqual({ exited: true, exitcode: 0 })
    await namespace.run('rm', scratch.file('full/filler'))
    expect(await open(client, '/dev/null')).toHaveProperty('return')
    await livesOn(agent, client)
  })

  test('below a file that is written is told by that write', async () => {
    using scratch = new Scratch()
    using namespace = await filled(scratch)
    using agent = await serving({}, namespace.enter)
    using client = await agent.connect()
    const { return: handle } = await open(client, scratch.file('full/new'), 'w')
    const data = { handle, 'buf-b64': Buffer.alloc(100_000).toString('base64') }
    expect((await ask(client, 'guest-file-write', data)).error?.desc).toContain(
      'No space left on device',
    )
    expect(await ask(client, 'guest-file-close', { handle: handle as number })).toEqual({
      return: {},
    })
    await livesOn(agent, client)
  })

  test('below the log costs lines of it', async () => {
    using scratch = new Scratch()
    using namespace = await filled(scratch)
    const options = ['-v', '-l', scratch.file('full/log')]
    using agent = await serving({ options }, namespace.enter)
    using client = await agent.connect()
    for (let i = 0; i < 100; i++) {
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
    }
    expect(await agent.stop()).toBe(0)
  })
})

test(
  'Without descriptors commands fail that need one, and work again when there are some',
  async () => {
    const limit = ['/bin/sh', '-c', 'ulimit -n 48; exec "$@"', 'sh']
    using agent = await serving({}, limit)
    using client = await agent.connect()
    const handles: unknown[] = []
    let refused = await open(client, '/dev/null')
    while (refused.error === undefined) {
      handles.push(refused.return)
      refused = await open(client, '/dev/null')
    }
    expect(handles.length).toBeGreaterThan(10)
    expect(refused.error.desc).toEndWith('Too many open files')
    const exec = await ask(client, 'guest-exec', { path: '/bin/true', 'capture-output': true })
    expect(exec.error?.desc).toContain('Too many open files')
    expect(await ask(client, 'guest-ping')).toEqual({ return: {} })

    // One that comes now cannot be accepted; it waits, and costs nothing meanwhile.
    await client.close()
    using next = await agent.connect()
    expect(await ask(next, 'guest-ping')).toEqual({ return: {} })
    using other = await agent.connect()
    other.send('{"execute":"guest-ping"}\n')
    expect(await cpuSecondsInOneSecond(agent.pid)).toBeLessThan(0.2)
    for (const handle of handles) {
      expect(await ask(next, 'guest-file-close', { handle: handle as number })).toEqual({
        return: {},
      })
    }
    expect(await finished(next, { path: '/bin/true' })).toEqual({ exited: true, exitcode: 0 })
    await next.close()
    expect(await other.line()).toBe('{"return": {}}')
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)

test(
  'A program that floods both outputs is read to its end, and so much is kept of each',
  async () => {
    using agent = await serving({ options: ['--max-exec-stream=100000'] })
    using client = await agent.connect()
    const script = 'head -c 30000000 /dev/zero & head -c 30000000 /dev/zero >&2; wait'
    const status = await finished(client, {
      path: '/bin/sh',
      arg: ['-c', script],
      'capture-output': true,
    })
    expect(status).toMatchObject({ exited: true, exitcode: 0, 'out-truncated': true })
    expect(status).toMatchObject({ 'err-truncated': true } as object)
    await livesOn(agent, client)
  },
  SLOW_MS,
)

describe('A program without memory', () => {
  test('that may have no more ends by itself', async () => {
    using agent = await serving()
    using client = await agent.connect()
    const script = 'ulimit -v 40000; exec tail /dev/zero'
    const status = await finished(client, { path: '/bin/sh', arg: ['-c', script] })
    expect(status.exited).toBe(true)
    expect(status).not.toMatchObject({ exitcode: 0 })
    await livesOn(agent, client)
  })

  test.if(needs('root') && needs('memory groups'))(
    'that the kernel kills has ended by a signal',
    async () => {
      await using group = new MemoryGroup(20 * 1024 * 1024)
      using agent = await serving()
      using client = await agent.connect()
      const script = `echo $$ > ${group.processes}; exec tail /dev/zero`
      const status = await finished(client, { path: '/bin/sh', arg: ['-c', script] })
      expect(status).toEqual({ exited: true, signal: 9 } as never)
      await livesOn(agent, client)
    },
    SLOW_MS,
  )
})

/** Requests one after the other, checked one by one, until told to stop. */
async function traffic(agent: Agent, isOver: () => boolean): Promise<number> {
  using client = await agent.connect()
  const opened = await open(client, '/dev/zero')
  let count = 0
  while (!isOver()) {
    const id = count++
    expect(await ask(client, 'guest-sync', { id })).toEqual({ return: id })
    const read = await ask(client, 'guest-file-read', { handle: opened.return, count: 300_000 })
    expect((read.return as { count: number }).count).toBe(300_000)
  }
  return count
}

test(
  'SIGSTOP, SIGCONT and signals that nobody wants, at any moment, cost no byte',
  async () => {
    using agent = await serving()
    let isOver = false
    const counted = traffic(agent, () => isOver)
    for (let i = 0; i < 200; i++) {
      const signals = ['SIGSTOP', 'SIGCONT', 'SIGWINCH', 'SIGURG', 'SIGCHLD'] as const
      process.kill(agent.pid, signals[i % signals.length])
      await Bun.sleep(Math.random() * 5)
    }
    process.kill(agent.pid, 'SIGCONT')
    await Bun.sleep(100)
    isOver = true
    expect(await counted).toBeGreaterThan(1)
    using client = await agent.connect()
    await livesOn(agent, client)
  },
  SLOW_MS,
)

test(
  'SIGTERM at any moment of its work ends the agent with 0, its programs left alone',
  async () => {
    for (let round = 0; round < 15; round++) {
      using scratch = new Scratch()
      using agent = await serving({ directory: scratch.path })
      using client = await agent.connect()
      const pid = scratch.file('pid')
      for (const request of [
        { execute: 'guest-get-fsinfo' },
        { execute: 'guest-exec', arguments: { path: '/bin/sh', arg: ['-c', `echo $$ > ${pid}`] } },
        { execute: 'guest-network-get-interfaces' },
        { execute: 'guest-fsfreeze-status' },
      ]) {
        client.send(`${JSON.stringify(request)}\n`)
      }
      await Bun.sleep(Math.random() * 20)
      expect(await agent.stop()).toBe(0)
    }
  },
  SLOW_MS,
)

test(
  'The executable can be replaced, and removed, while it runs: what it starts itself for works',
  async () => {
    using scratch = new Scratch()
    const executable = scratch.file('agent')
    copyFileSync(EXECUTABLE, executable)
    using agent = await startAgent([executable], { directory: scratch.path })
    using client = await agent.connect()
    const keys = () => ask(client, 'guest-ssh-get-authorized-keys', { username: 'qga-nobody' })
    const expected = "failed to lookup user 'qga-nobody': Success"
    expect((await keys()).error?.desc).toBe(expected)
    rmSync(executable)
    writeFileSync(executable, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    expect((await keys()).error?.desc).toBe(expected)
    rmSync(executable)
    expect((await keys()).error?.desc).toBe(expected)
    await livesOn(agent, client)
    expect(processesWith(scratch.path)).toEqual([])
  },
  SLOW_MS,
)
