// SPDX-License-Identifier: Apache-2.0
import { requestOf } from '../client.ts'
import type { Figure } from '../figure.ts'
import { takeBase64 } from '../take-base64.ts'
import { type Bench, KIB, MIB, repeats, timed, warmUp } from '../workload.ts'

interface Read {
  readonly name: string
  readonly size: number
  /** So few that all answers fit the inbox: they are compared after the clock has stopped. */
  readonly count: number
}

const READS: readonly Read[] = [
  { name: '4 KiB', size: 4 * KIB, count: 2000 },
  { name: '64 KiB', size: 64 * KIB, count: 300 },
  { name: '1 MiB', size: MIB, count: 32 },
  { name: '16 MiB', size: 16 * MIB, count: 3 },
  { name: '48 MiB', size: 48 * MIB, count: 1 },
]

export function fileRead(bench: Bench): readonly Figure[] {
  const handle = bench.client.call('guest-file-open', { path: bench.sourcePath }) as number
  const figures = READS.map((read) => measure(bench, handle, read))
  bench.client.call('guest-file-close', { handle })
  return figures
}

function measure(bench: Bench, handle: number, { name, size, count }: Read): Figure {
  const { client, source } = bench
  const rewind = () => client.call('guest-file-seek', { handle, offset: 0, whence: 'set' })
  const request = requestOf('guest-file-read', { handle, count: size })
  const ends = new Float64Array(repeats(count, bench))
  rewind()
  warmUp(ends.length, () => client.exchange(request))
  rewind()
  let end = 0
  const ms = timed(() => {
    for (let i = 0; i < ends.length; i++) ends[i] = end = client.exchange(request, end)
  })
  ends.forEach((to, i) => {
    const answer = client.inbox.bytes.subarray(ends[i - 1] ?? 0, to)
    const { frame, decoded } = takeBase64(answer, 'buf-b64')
    const isFramed = frame['count'] === size && frame['eof'] === false
    if (!isFramed || !decoded.equals(source.subarray(i * size, (i + 1) * size)))
      throw new Error(`Wrong answer to guest-file-read of ${name} at ${i * size}`)
  })
  const value = (ends.length * size * 1000) / MIB / ms
  return { id: `read.${name}`, label: `guest-file-read, ${name} each, MiB/s`, value }
}
