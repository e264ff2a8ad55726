// SPDX-License-Identifier: Apache-2.0
/** The entry point: the client's and the administrator's verbs, a helper of the agent, else the agent with the backend of this system. */
import { linux } from '../platform/linux/backend.ts'
import { windows } from '../platform/windows/backend.ts'
import { runAgent } from './run.ts'

// The build knows the answer, and leaves the other system out.
const backend = process.platform === 'win32' ? windows : linux
const args = process.argv.slice(2)
const [first = ''] = args
const helper = backend.helpers?.get(first)
if (helper !== undefined) {
  await helper()
} else if (first === 'call' || first === 'exec' || first === 'cp') {
  // Loaded only here: an agent has no use for a client.
  const { runClient } = await import('./client/cli.ts')
  process.exitCode = await runClient(args)
} else if (first === 'install' || first === 'uninstall' || first === 'doctor') {
  const { runAdministration } = await import('./admin/cli.ts')
  process.exitCode = await runAdministration(backend, args)
} else {
  await runAgent(backend, args)
}
