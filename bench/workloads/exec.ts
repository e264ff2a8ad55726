// SPDX-License-Identifier: Apache-2.0
import { requestOf } from '../client.ts'
import type { Figure } from '../figure.ts'
import { takeBase64 } from '../take-base64.ts'
import { type Bench, MIB, repeats, timed } from '../workload.ts'

const RUNS = 200
const WARM_UP = 20
const CAT_BYTES = 15 * MIB
const CAT_RUNS = 2
/** Asking without a pause would take from the one core what the program needs. */
const CAT_PAUSE_MS = 1

/** A trivial program, asked for until it has ended. */
export function execTrue(bench: Bench): readonly Figure[] {
  const { client } = bench
  const request = requestOf('guest-exec', { path: '/bin/true' })
  const one = () => {
    const end = client.exchange(request)
    const { pid } = JSON.parse(client.inbox.bytes.latin1Slice(0, end)).return
    for (;;) {
      const status = client.call('guest-exec-status', { pid }) as Record<string, unknown>
      if (status['exited'] !== true) continue
      if (status['exitcode'] !== 0) throw new Error(`Wrong answer: ${JSON.stringify(status)}`)
      return
    }
  }
  for (let i = 0; i < WARM_UP; i++) one()
  const runs = repeats(RUNS, bench)
  const ms = timed(() => {
    for (let i = 0; i < runs; i++) one()
  })
  return [{ id: 'exec', label: 'guest-exec of true until exited, 1/s', value: (runs * 1000) / ms }]
}

/** Through its input and its captured output. */
export function execCat(bench: Bench): readonly Figure[] {
  const { client, source } = bench
  const input = source.subarray(0, CAT_BYTES)
  const request = requestOf('guest-exec', {
    path: '/bin/cat',
    'input-data': input.toString('base64'),
    'capture-output': true,
  })
  const runs = repeats(CAT_RUNS, bench)
  let ms = 0
  for (let i = 0; i < runs; i++) {
    let end = 0
    ms += timed(() => {
      end = catOnce(bench, request)
    })
    const { frame, decoded } = takeBase64(client.inbox.bytes.subarray(0, end), 'out-data')
    if (frame['exitcode'] !== 0 || !decoded.equals(input))
      throw new Error(`Wrong answer: cat gave ${decoded.length} bytes`)
  }
  const value = (runs * CAT_BYTES * 1000) / MIB / ms
  return [{ id: 'cat', label: 'guest-exec of cat, 15 MiB in and out, MiB/s', value }]
}

/** Returns where the last answer, the one with the output, ends in the inbox. */
function catOnce({ client }: Bench, request: Buffer): number {
  const started = client.exchange(request)
  const { pid } = JSON.parse(client.inbox.bytes.latin1Slice(0, started)).return
  const question = requestOf('guest-exec-status', { pid })
  for (;;) {
    const end = client.exchange(question)
    if (end > CAT_BYTES) return end
    if (client.inbox.bytes.latin1Slice(0, end).includes('exitcode')) return end
    Bun.sleepSync(CAT_PAUSE_MS)
  }
}
