// SPDX-License-Identifier: Apache-2.0
/** An agent in process, with handlers that only record: nothing reaches the machine. */
import { probeSymbols } from '../../platform/linux/symbols.ts'
import { createAnswers } from '../../src/agent/answer.ts'
import { Idle } from '../../src/agent/idle.ts'
import { type Lists, Policy } from '../../src/agent/policy.ts'
import { type AnyHandler, createRegistry } from '../../src/agent/registry.ts'
import { Server, type ServerLimits } from '../../src/agent/server.ts'
import type { Log } from '../../src/log.ts'
import { type Command, encodedMembers } from '../../src/schema/command.ts'
import { contract } from '../../src/schema/contract.ts'
import { read } from '../wire/read.ts'

export interface Recorded {
  readonly name: string
  readonly args: unknown
}

/** Every command of the contract, each answering `{}` or what `answers` has for it. */
export function agentUnderTest(
  answers: Readonly<Record<string, (args: never) => unknown>> = {},
  lists: Lists = { block: [] },
) {
  const calls: Recorded[] = []
  const lines: string[] = []
  const log: Log = {
    isVerbose: true,
    write: (level, message) => void lines.push(`${level}: ${message}`),
    account: (message) => void lines.push(`account: ${message}`),
  }
  const commands: readonly Command[] = contract
  const handlers: Record<string, AnyHandler> = {}
  for (const { name } of commands) {
    handlers[name] = (args: never) => {
      calls.push({ name, args })
      const answer = answers[name]
      return answer === undefined ? {} : answer(args)
    }
  }
  const symbols = probeSymbols()
  const policy = new Policy(lists)
  const dispatch = createAnswers(createRegistry(contract, handlers, symbols), policy, log)

  /** The reply lines to all requests of a text; '' for silence. */
  async function ask(text: string): Promise<string[]> {
    const replies: string[] = []
    for (const incoming of read([`${text}\n`])) {
      replies.push(((await dispatch.answer(incoming)) ?? []).join('').trimEnd())
    }
    return replies
  }
  return { ask, answers: dispatch, policy, calls, lines, log }
}

/** A server for it, with limits that no test meets by chance. */
export function serverFor(
  { answers, log }: ReturnType<typeof agentUnderTest>,
  limits: Partial<ServerLimits> = {},
): Server {
  const far = {
    max: 1000,
    queuedRequests: 64,
    queuedBytes: 1024 * 1024,
    limitMs: () => 0,
    waitMs: () => 60_000,
  }
  return new Server(
    { answers, idle: new Idle(), limits: { ...far, ...limits }, log },
    { encoded: { parent: 'arguments', names: encodedMembers(contract) } },
  )
}

/** The description of the one error that a request is answered with. */
export async function errorOf(
  agent: ReturnType<typeof agentUnderTest>,
  execute: string,
  args: string,
): Promise<string> {
  const [reply] = await agent.ask(`{"execute":"${execute}","arguments":${args}}`)
  const { error } = JSON.parse(reply ?? '') as { error?: { class: string; desc: string } }
  return error === undefined ? 'no error' : `${error.class}: ${error.desc}`
}
