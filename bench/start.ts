// SPDX-License-Identifier: Apache-2.0
/** From the spawn to the first answer. */
import { Agent, type AgentStart } from '../test/harness/agent.ts'
import { Client, type Inbox } from './client.ts'
import { median } from './statistics.ts'
import { timed } from './workload.ts'

export type Command = readonly string[]

/** Milliseconds, the median of some starts. */
export async function startMs(
  command: Command,
  start: AgentStart,
  inbox: Inbox,
  starts: number,
): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < starts; i++) times.push(await startOnce(command, start, inbox))
  return median(times)
}

export async function startOnce(
  command: Command,
  start: AgentStart,
  inbox: Inbox,
): Promise<number> {
  const owned: Disposable[] = []
  try {
    let agent: Agent | undefined
    const ms = timed(() => {
      agent = new Agent(command, start)
      owned.push(agent)
      const client = Client.connect(agent.socket, inbox)
      owned.push(client)
      client.call('guest-ping')
    })
    await agent?.kill()
    return ms
  } finally {
    for (const one of owned.reverse()) one[Symbol.dispose]()
  }
}
