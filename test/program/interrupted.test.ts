// SPDX-License-Identifier: Apache-2.0
/** A process that is stopped and goes on, as a debugger or a job control does, has its system calls end with EINTR. */
import { describe, expect, test } from 'bun:test'
import { fileSystemsForAll, freezeList, freezersOf, status, thaw } from '../harness/freezing.ts'
import { canMount } from '../harness/loop-mounts.ts'
import { needs } from '../harness/needs.ts'
import { isStopped } from '../harness/process-stat.ts'
import { ask, Scratch, SLOW_MS, serving, until } from '../harness/program.ts'
import { agentAt, synced } from '../harness/terminal-agent.ts'
import { TerminalHost } from '../harness/terminal-host.ts'

const TIMES = 5
/** Nobody wants these; where a handler is in the way they end a call all the same. */
const UNWANTED = ['SIGWINCH', 'SIGURG', 'SIGCHLD', 'SIGCONT'] as const
/** For what waits to have begun to wait again. */
const REST_MS = 20
/** signal(7); the engine catches it, with which it holds up threads of its own. A helper catches no other that does no harm. */
const SIGPWR = 30

async function interrupt(
  pid: number,
  unwanted: readonly (string | number)[] = UNWANTED,
): Promise<void> {
  for (let i = 0; i < TIMES; i++) {
    process.kill(pid, 'SIGSTOP')
    await until('it has stopped', () => isStopped(pid))
    process.kill(pid, 'SIGCONT')
    await Bun.sleep(REST_MS)
    for (const signal of unwanted) process.kill(pid, signal)
    await Bun.sleep(REST_MS)
  }
}

describe('An agent that is stopped and goes on while it waits', () => {
  test.if(needs('python3')).each([
    ['isa-serial', []],
    ['virtio-serial', ['raw']],
  ] as const)(
    'answers by %s',
    async (method, mode) => {
      using scratch = new Scratch()
      using host = await TerminalHost.start(scratch.file('tty'), ...mode)
      using agent = agentAt(scratch, method)
      await synced(host)
      for (let round = 0; round < 2; round++) {
        await interrupt(agent.pid)
        host.send('{"execute":"guest-ping"}\n')
        expect(await host.line()).toBe('{"return": {}}')
      }
      expect(agent.stderr()).toBe('')
      expect(await agent.stop()).toBe(0)
      expect(agent.stderr()).toBe('')
    },
    SLOW_MS,
  )

  test(
    'answers by unix-listen the client that it has, and the next',
    async () => {
      using agent = await serving()
      for (let round = 0; round < 2; round++) {
        using client = await agent.connect()
        expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
        await interrupt(agent.pid)
        expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
        await client.close()
        await interrupt(agent.pid)
      }
      expect(agent.stderr()).toBe('')
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )
})

const held = fileSystemsForAll()

test.if(canMount)(
  'Helpers that are stopped and go on keep their freeze, and end it when they are told',
  async () => {
    using agent = await serving()
    expect(await freezeList(agent.socket, held.all.ext4)).toBe(1)
    const helpers = freezersOf(agent)
    expect(helpers).toHaveLength(2)
    for (const pid of helpers) await interrupt(pid, [SIGPWR])
    expect(freezersOf(agent)).toEqual(helpers)
    expect(await status(agent.socket)).toBe('frozen')
    expect(await thaw(agent.socket)).toBe(1)
    await until('the helpers have gone', () => freezersOf(agent).length === 0)
    expect(agent.stderr()).toBe('')
    expect(await agent.stop()).toBe(0)
  },
  SLOW_MS,
)
