// SPDX-License-Identifier: Apache-2.0
/** The executable at a pseudo-terminal, and its first words with the host. */
import { Agent } from './agent.ts'
import { EXECUTABLE } from './executable.ts'
import type { Scratch } from './program.ts'
import type { TerminalHost } from './terminal-host.ts'

/** @param scratch where `tty` is the terminal */
export function agentAt(
  scratch: Scratch,
  method: string,
  options: readonly string[] = [],
  wrapper: readonly string[] = [],
): Agent {
  const channel = ['-m', method, '-p', scratch.file('tty')]
  const command = [...wrapper, EXECUTABLE]
  return new Agent(command, { directory: scratch.path, options: [...channel, ...options] })
}

/** Asks until the agent answers: what comes before it has emptied the line's queue is lost, as on any serial line. */
export async function synced(host: TerminalHost): Promise<void> {
  const sync = (id: number) => host.send(`{"execute":"guest-sync","arguments":{"id":${id}}}\n`)
  const asking = setInterval(() => sync(7), 50)
  await untilLine(host, '{"return": 7}')
  clearInterval(asking)
  sync(8)
  await untilLine(host, '{"return": 8}')
}

async function untilLine(host: TerminalHost, line: string): Promise<void> {
  while ((await host.line()) !== line);
}
