// SPDX-License-Identifier: Apache-2.0
/** The entry point: the client's verbs, else the agent with the backend of this system. */
import { linux } from '../platform/linux/backend.ts'
import { runFreezer } from '../platform/linux/freezer.ts'
import { FREEZER_MODE } from '../platform/linux/freezer-orders.ts'
import { runAgent } from './run.ts'

/** First arguments with which the agent starts itself for work that it must not do itself; nobody types them. */
const HIDDEN_MODES: ReadonlyMap<string | undefined, () => void | Promise<void>> = new Map([
  [FREEZER_MODE, runFreezer],
])

const args = process.argv.slice(2)
const hidden = HIDDEN_MODES.get(args[0])
if (hidden !== undefined) await hidden()
else if (args[0] === 'call' || args[0] === 'exec' || args[0] === 'cp') {
  // Loaded only here: an agent has no use for a client.
  const { runClient } = await import('./client/cli.ts')
  process.exitCode = await runClient(args)
} else {
  await runAgent(linux, args)
}
