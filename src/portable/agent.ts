// SPDX-License-Identifier: Apache-2.0
/** The commands about the agent itself. */
import type { AgentFacts } from '../agent/backend.ts'
import type * as schema from '../schema/agent.ts'
import type { Handlers } from '../schema/command.ts'
import type { Platform } from '../schema/condition.ts'

export function createAgentHandlers(agent: AgentFacts): Handlers<typeof schema, Platform> {
  return {
    'guest-sync-delimited': ({ id }) => id,
    'guest-sync': ({ id }) => id,
    'guest-ping': () => ({}),
    // Upstream lists the command registered last first.
    'guest-info': () => ({
      version: agent.version,
      supported_commands: Array.from(agent.commands(), ({ command }) => ({
        name: command.name,
        enabled: agent.isEnabled(command),
        'success-response': command.reply !== 'errors-only',
      })).reverse(),
    }),
  }
}
