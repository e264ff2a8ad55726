// SPDX-License-Identifier: Apache-2.0
/** One round: both agents, started afresh, take turns at every workload. */
import { Agent, type AgentStart } from '../test/harness/agent.ts'
import { Client, type Inbox } from './client.ts'
import { copies } from './copy.ts'
import { endurance } from './endurance.ts'
import type { Figure, Results, Side } from './figure.ts'
import { idle } from './idle.ts'
import { held, peak } from './memory.ts'
import { evict } from './page-cache.ts'
import { type Command, startMs, startOnce } from './start.ts'
import type { Bench, Workload } from './workload.ts'
import { execCat, execTrue } from './workloads/exec.ts'
import { fileRead } from './workloads/file-read.ts'
import { fileWrite } from './workloads/file-write.ts'
import { junk } from './workloads/junk.ts'
import { ping, pipelined } from './workloads/ping.ts'
import { commandsOf, readOnly } from './workloads/read-only.ts'

const SETTLE_MS = 1200
const AFTER_RUN_MS = 2000
const IDLE_S = 3
const MINUTE_MS = 60_000

export interface Setup extends Omit<Bench, 'client'> {
  readonly commands: Readonly<Record<Side, Command>>
  readonly listener: Command
  readonly start: Readonly<Record<Side, AgentStart>>
  readonly starts: number
  readonly inbox: Inbox
  readonly report: (what: string) => void
}

interface Contender {
  readonly side: Side
  readonly agent: Agent
}

/** @param isLong whether to end with a minute of idleness and a million pings */
export async function runRound(
  setup: Setup,
  order: readonly Side[],
  results: Results,
  isLong: boolean,
): Promise<void> {
  await measureStarts(setup, order, results)
  for (const side of order) {
    evict(setup.commands[side][0] as string)
    await startOnce(setup.commands[side], setup.start[side], setup.inbox)
  }
  using owned = new DisposableStack()
  const contenders = order.map((side): Contender => {
    return { side, agent: owned.use(new Agent(setup.commands[side], setup.start[side])) }
  })
  const pids = contenders.map(({ agent }) => agent.pid)
  const addAll = (all: readonly (readonly Figure[])[]) =>
    contenders.forEach(({ side }, i) => {
      results.add(side, all[i] as readonly Figure[])
    })

  await measureWorkloads(setup, contenders, results)
  setup.report('copy')
  for (const { side, agent } of contenders)
    results.add(side, await copies(setup, setup.commands.agent, agent.socket))
  await Bun.sleep(AFTER_RUN_MS)
  addAll(pids.map((pid) => held(pid, 'end', 'two seconds after the run')))
  addAll(pids.map((pid) => [peak(pid)]))
  setup.report('idle')
  addAll(await idle(pids, IDLE_S, 'idle', 'after the run'))
  if (!isLong) return
  setup.report('a minute of nothing')
  await Bun.sleep(MINUTE_MS)
  addAll(await idle(pids, IDLE_S, 'minute', 'after a minute'))
  setup.report('a million pings')
  for (const { side, agent } of contenders) {
    if (side !== 'agent') continue
    using client = Client.connect(agent.socket, setup.inbox)
    results.add(side, endurance(client, agent.pid))
  }
}

/** What one client each asks of both, in turns. */
async function measureWorkloads(
  setup: Setup,
  contenders: readonly Contender[],
  results: Results,
): Promise<void> {
  using owned = new DisposableStack()
  const clients = contenders.map(({ agent }) =>
    owned.use(Client.connect(agent.socket, setup.inbox)),
  )
  // Listening is not yet settled: an answer is.
  for (const client of clients) client.call('guest-ping')
  await Bun.sleep(SETTLE_MS)
  for (const { side, agent } of contenders)
    results.add(side, held(agent.pid, 'start', 'after the start'))
  for (const [name, workload] of workloadsFor(clients)) {
    setup.report(name)
    contenders.forEach(({ side }, i) => {
      results.add(side, workload({ ...setup, client: clients[i] as Client }))
    })
  }
}

async function measureStarts(
  { commands, listener, start, inbox, starts, report }: Setup,
  order: readonly Side[],
  results: Results,
): Promise<void> {
  report('start')
  const label = 'start to first answer, ms'
  for (const side of order) {
    const value = await startMs(commands[side], start[side], inbox, starts)
    results.add(side, [{ id: 'start', label, value }])
    if (side === 'agent')
      results.add(side, [
        {
          id: 'listener',
          label: 'the same, in the first column a Bun program that only listens',
          value,
        },
      ])
  }
  const value = await startMs(listener, start.agent, inbox, starts)
  results.add('against', [{ id: 'listener', label: '', value }])
}

function workloadsFor(clients: readonly Client[]): readonly (readonly [string, Workload])[] {
  const [first = [], second = []] = clients.map((client) => commandsOf(client.call('guest-info')))
  const shared = first.filter((name) => second.includes(name))
  return [
    // The C agent keeps what bulk made it allocate, and then forks more slowly: small things first.
    ['ping', ping],
    ['pipelined', pipelined],
    ['read-only', readOnly(shared, new Map())],
    ['exec', execTrue],
    ['file-read', fileRead],
    ['file-write', fileWrite],
    ['cat', execCat],
    ['junk', junk],
  ]
}
