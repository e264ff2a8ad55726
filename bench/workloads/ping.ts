// SPDX-License-Identifier: Apache-2.0
import { requestOf } from '../client.ts'
import type { Figure } from '../figure.ts'
import { median, percentile } from '../statistics.ts'
import { type Bench, expectEqual, repeats, timed } from '../workload.ts'

/** So many that the compilers of the runtime, which share the core, are done. */
const WARM_UP = 20_000
const SEQUENTIAL = 10_000
const IN_FLIGHT = 64
const BATCHES = 500
const REPLY = Buffer.from('{"return": {}}\n')

/** One after the other. */
export function ping(bench: Bench): readonly Figure[] {
  const { client } = bench
  const request = requestOf('guest-ping')
  const inbox = client.inbox.bytes
  const one = () => {
    const end = client.exchange(request)
    if (end !== REPLY.length || inbox.compare(REPLY, 0, REPLY.length, 0, end) !== 0)
      expectEqual(inbox.subarray(0, end), REPLY, 'guest-ping')
  }
  for (let i = 0; i < WARM_UP; i++) one()
  const times = new Float64Array(repeats(SEQUENTIAL, bench))
  for (let i = 0; i < times.length; i++) times[i] = timed(one) * 1000
  return [
    { id: 'ping.median', label: 'guest-ping, µs, median', value: median(times) },
    {
      id: 'ping.p99',
      label: 'guest-ping, µs, 99 of 100 are faster',
      value: percentile(times, 0.99),
    },
  ]
}

/** The answers tell their ids, so that a mixed-up order shows. */
export function pipelined(bench: Bench): readonly Figure[] {
  const { client } = bench
  const ids = Array.from({ length: IN_FLIGHT }, (_, id) => id)
  const request = Buffer.from(ids.map((id) => `{"execute":"guest-ping","id":${id}}`).join(''))
  const expected = Buffer.from(ids.map((id) => `{"return": {}, "id": ${id}}\n`).join(''))
  const batch = () => {
    client.send(request)
    let end = 0
    while (end < expected.length) end = client.receive(end)
    expectEqual(client.inbox.bytes.subarray(0, end), expected, 'pipelined guest-ping')
  }
  for (let i = 0; i < BATCHES; i++) batch()
  const batches = repeats(BATCHES, bench)
  const ms = timed(() => {
    for (let i = 0; i < batches; i++) batch()
  })
  const value = (batches * IN_FLIGHT * 1000) / ms
  return [{ id: 'pipelined', label: `guest-ping, ${IN_FLIGHT} in flight, 1/s`, value }]
}
