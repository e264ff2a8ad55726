// SPDX-License-Identifier: Apache-2.0
/** What virsh asks, and what it hands on. */
import { expect } from 'bun:test'
import type { Domain } from './domain.ts'
import { type Step, tells } from './step.ts'

const BYTES = 1_000_000

/** The same without what changes from one moment to the next. */
function tellsBut(changing: RegExp, command: string, ...args: string[]): Step {
  const { name, run } = tells(command, ...args)
  return { name, run: async (guest) => String(await run(guest)).replace(changing, '') }
}

function agentCommand(execute: string, normal: (value: never) => unknown = (value) => value): Step {
  return {
    name: `virsh qemu-agent-command ${execute}`,
    run: async (guest) => normal((await guest.call(execute)) as never),
  }
}

interface Command {
  readonly name: string
  readonly enabled: boolean
}
interface FileSystem {
  readonly mountpoint: string
}

export const ASKING: readonly Step[] = [
  agentCommand('guest-ping'),
  {
    name: 'virsh qemu-agent-command guest-info',
    run: async (guest) => {
      const info = await guest.call<{ supported_commands: Command[] }>('guest-info')
      return info.supported_commands
    },
    newer: {
      note: 'all commands that the C agent has enabled, and more',
      expect: (ours: Command[], theirs: Command[]) => {
        // Those of other systems are there, and disabled.
        const enabled = theirs.filter((command) => command.enabled)
        expect(enabled.length).toBeGreaterThan(30)
        for (const command of enabled) expect(ours).toContainEqual(command)
      },
    },
  },
  agentCommand('guest-get-osinfo'),
  agentCommand('guest-get-vcpus', (processors: { 'logical-id': number }[]) =>
    processors.toSorted((a, b) => a['logical-id'] - b['logical-id']),
  ),
  agentCommand('guest-get-timezone'),
  agentCommand('guest-get-users'),
  agentCommand('guest-get-memory-block-info'),
  agentCommand('guest-get-memory-blocks', (blocks: { 'phys-index': number }[]) =>
    blocks.toSorted((a, b) => a['phys-index'] - b['phys-index']),
  ),
  agentCommand('guest-get-disks', (disks: { name: string }[]) =>
    disks.toSorted((a, b) => a.name.localeCompare(b.name)),
  ),
  {
    ...agentCommand('guest-get-fsinfo', (systems: FileSystem[]) =>
      systems
        .map((system) => ({ ...system, 'used-bytes': 0 }))
        .toSorted((a, b) => a.mountpoint.localeCompare(b.mountpoint)),
    ),
    newer: {
      note: 'all that the C agent tells, and total-bytes-privileged',
      expect: (ours: object[], theirs: object[]) => expect(ours).toMatchObject(theirs),
    },
  },
  agentCommand('guest-network-get-interfaces', (interfaces: { statistics: object }[]) =>
    interfaces.map((each) => ({ ...each, statistics: Object.keys(each.statistics).sort() })),
  ),
  { name: 'virsh qemu-agent-command guest-file-read, 1 MB', run: largeReply },
  tells('domfsinfo'),
  tells('domifaddr', '--source', 'agent'),
  tells('domifaddr', '--source', 'agent', '--full'),
  tells('domhostname', '--source', 'agent'),
  tellsBut(/^fs\.\d\.used-bytes.*\n/gm, 'guestinfo'),
  ...['--user', '--os', '--timezone', '--hostname', '--disk', '--interface'].map((each) =>
    tells('guestinfo', each),
  ),
  tellsBut(/^fs\.\d\.used-bytes.*\n/gm, 'guestinfo', '--filesystem'),
]

async function largeReply(guest: Domain): Promise<unknown> {
  const handle = await guest.call<number>('guest-file-open', { path: '/usr/local/bin/qga' })
  const read = await guest.call<object>('guest-file-read', { handle, count: BYTES })
  await guest.call('guest-file-close', { handle })
  return Bun.hash(JSON.stringify(read, ['count', 'buf-b64', 'eof']))
}
