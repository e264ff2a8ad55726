// SPDX-License-Identifier: Apache-2.0
/** What only reads starts no program: managers ask for it all day long. */
import { expect, test } from 'bun:test'
import { hasStrace, traced } from '../harness/koffi.ts'
import { ask, Scratch, SLOW_MS, serving } from '../harness/program.ts'

const COMMANDS = [
  'guest-network-get-interfaces',
  'guest-network-get-route',
  'guest-get-vcpus',
  'guest-get-memory-blocks',
  'guest-get-memory-block-info',
  'guest-get-cpustats',
  'guest-get-load',
  'guest-get-users',
  'guest-get-time',
  'guest-get-timezone',
  'guest-get-osinfo',
  'guest-get-host-name',
]

test.if(hasStrace)(
  'commands that read start no program',
  async () => {
    using scratch = new Scratch()
    const trace = scratch.file('trace')
    using agent = await serving({ directory: scratch.path }, traced(trace, 'trace=execve'))
    using client = await agent.connect()
    for (const command of COMMANDS) await ask(client, command)
    // The one that is started shows that starting would be seen.
    await ask(client, 'guest-exec', { path: '/bin/true' })
    await ask(client, 'guest-ping')
    await agent.stop()
    const started = scratch
      .read('trace')
      .match(/execve\("[^"]*"/g)
      ?.slice(1)
    expect(started).toEqual(['execve("/bin/true"'])
  },
  SLOW_MS,
)
