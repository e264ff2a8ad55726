// SPDX-License-Identifier: Apache-2.0
/** The entry point: the client's verbs, else the agent with the backend of this system. */
import { linux } from '../platform/linux/backend.ts'
import { runAgent } from './run.ts'

const args = process.argv.slice(2)
if (args[0] === 'call' || args[0] === 'exec' || args[0] === 'cp') {
  // Loaded only here: an agent has no use for a client.
  const { runClient } = await import('./client/cli.ts')
  process.exitCode = await runClient(args)
} else {
  await runAgent(linux, args)
}
