// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util'
import type { Command } from './start.ts'

export const USAGE = `Usage: bun run bench [--short] [--gate] [--rounds N] [--json] [--stub-syslog] [--system]
                     [--agent COMMAND] [--against COMMAND]

Measures two guest agents in turns on one core and prints a Markdown table.

  --agent COMMAND    the agent to measure (dist/qga-linux-x64, from bun run build)
  --against COMMAND  the agent to compare it with (qemu-ga, as installed)
  --rounds N         how often each takes its turn (5; 3 with --short)
  --short            fewer repetitions; no minute of idleness, no million pings
  --gate             exit with 1 when a figure is, in every round, below two thirds of its target
                     or of what the README says has been reached; a wrong answer is always 2
  --json             all figures as JSON
  --system           as root: freeze and thaw, many file systems, many links too
  --stub-syslog      take syslog() away from the agent to compare with (needs cc)`

export interface Options {
  readonly agent: Command
  readonly against: Command
  readonly rounds: number
  readonly isShort: boolean
  readonly isGate: boolean
  readonly isJson: boolean
  readonly isSyslogStubbed: boolean
  readonly isSystem: boolean
  readonly isHelp: boolean
}

export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agent: { type: 'string', default: `${import.meta.dir}/../dist/qga-linux-x64` },
      against: { type: 'string', default: 'qemu-ga' },
      rounds: { type: 'string' },
      short: { type: 'boolean', default: false },
      gate: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      system: { type: 'boolean', default: false },
      'stub-syslog': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const rounds = Number(values.rounds ?? (values.short ? 3 : 5))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError('Cannot take --rounds: not a positive number')
  return {
    agent: commandOf(values.agent),
    against: commandOf(values.against),
    rounds,
    isShort: values.short,
    isGate: values.gate,
    isJson: values.json,
    isSyslogStubbed: values['stub-syslog'],
    isSystem: values.system,
    isHelp: values.help,
  }
}

const PATH = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`

/** Words between spaces, the first one found as a shell would. */
function commandOf(text: string): Command {
  const [name = '', ...args] = text.split(' ').filter((word) => word !== '')
  const path = Bun.which(name, { PATH })
  if (path === null) throw new Error(`Cannot find "${name}"`)
  return [path, ...args]
}
