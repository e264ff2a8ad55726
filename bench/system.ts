// SPDX-License-Identifier: Apache-2.0
/** What needs root: freeze and thaw, file systems and links in numbers. On loop devices and in network namespaces of its own. */

import { Agent } from '../test/harness/agent.ts'
import { LoopMounts } from '../test/harness/loop-mounts.ts'
import { Client } from './client.ts'
import type { Results, Side } from './figure.ts'
import type { Setup } from './round.ts'
import { median } from './statistics.ts'
import { timed } from './workload.ts'

const FROZEN = 4
const FREEZES = 7
/** A freeze soon after a thaw is cheaper for the kernel, and the turns would not be fair. */
const REST_MS = 400
const MOUNTS = [10, 300]
const PAIRS_OF_LINKS = 250
const ROUNDS = 3
const CALLS = 120

/** @returns nothing: all figures go into `results` */
export async function measureSystem(setup: Setup, results: Results): Promise<void> {
  using mounts = new LoopMounts()
  const points: string[] = []
  for (const count of MOUNTS) {
    while (points.length < count) points.push(mounts.add('ext4', `m${points.length}`))
    if (points.length === MOUNTS[0]) await freezes(setup, points.slice(0, FROZEN), results)
    setup.report(`guest-get-fsinfo with ${count} mounts`)
    const label = `guest-get-fsinfo with ${count} more mounts, µs, median`
    inTurns((side) => {
      using agent = new Agent(setup.commands[side], setup.start[side])
      const value = times(setup, agent, 'guest-get-fsinfo', CALLS / Math.ceil(count / 100))
      results.add(side, [{ id: `fsinfo.${count}`, label, value }])
    })
  }
  setup.report('guest-network-get-interfaces with 501 links')
  const label = `guest-network-get-interfaces with ${PAIRS_OF_LINKS * 2 + 1} links, µs, median`
  inTurns((side) => {
    using agent = new Agent([...WITH_LINKS, ...setup.commands[side]], setup.start[side])
    const value = times(setup, agent, 'guest-network-get-interfaces', CALLS / 10)
    results.add(side, [{ id: 'interfaces', label, value }])
  })
}

/** Some rounds of both sides. */
function inTurns(measure: (side: Side) => void): void {
  for (let round = 0; round < ROUNDS; round++) for (const side of SIDES) measure(side)
}

const SIDES: readonly Side[] = ['against', 'agent']

const WITH_LINKS = [
  ...['unshare', '-n', 'sh', '-ec'],
  `ip link set lo up
  for i in $(seq ${PAIRS_OF_LINKS}); do
    echo "link add a$i type veth peer name b$i"; echo "addr add 10.0.$i.1/24 dev a$i"
  done | ip -batch -
  exec "$@"`,
  'sh',
]

async function freezes(
  setup: Setup,
  mountpoints: readonly string[],
  results: Results,
): Promise<void> {
  setup.report('freeze and thaw')
  for (let i = 0; i < FREEZES; i++) {
    for (const side of SIDES) {
      using agent = new Agent(setup.commands[side], setup.start[side])
      using client = Client.connect(agent.socket, setup.inbox)
      client.call('guest-ping')
      await Bun.sleep(REST_MS)
      const counts: unknown[] = []
      const freeze = timed(() =>
        counts.push(client.call('guest-fsfreeze-freeze-list', { mountpoints })),
      )
      const thaw = timed(() => counts.push(client.call('guest-fsfreeze-thaw')))
      if (counts.some((count) => count !== FROZEN)) throw new Error(`Wrong answers: ${counts}`)
      results.add(side, [
        { id: 'freeze', label: `freeze of ${FROZEN} file systems, ms`, value: freeze },
        { id: 'thaw', label: `thaw of ${FROZEN} file systems, ms`, value: thaw },
      ])
    }
  }
}

/** Microseconds, the median of some calls after as many. */
function times({ inbox }: Setup, agent: Agent, command: string, calls: number): number {
  using client = Client.connect(agent.socket, inbox)
  const one = () => timed(() => client.call(command)) * 1000
  for (let i = 0; i < calls; i++) one()
  return median(Float64Array.from({ length: Math.ceil(calls) }, one))
}
