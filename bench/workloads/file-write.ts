// SPDX-License-Identifier: Apache-2.0
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { type Bench, expectEqual, KIB, MIB, repeats, timed, warmUp } from '../workload.ts'

interface Write {
  readonly name: string
  readonly size: number
  readonly times: number
}

const WRITES: readonly Write[] = [
  { name: '64 KiB', size: 64 * KIB, times: 128 },
  { name: '1 MiB', size: MIB, times: 12 },
  { name: '8 MiB', size: 8 * MIB, times: 3 },
]

export function fileWrite(bench: Bench): readonly Figure[] {
  return WRITES.map((write) => measure(bench, write))
}

function measure(bench: Bench, { name, size, times }: Write): Figure {
  const { client, source } = bench
  const path = join(bench.directory, 'written')
  const count = repeats(times, bench)
  // In place: finding room for a new file is the file system's work, at a speed of its own each time.
  writeFileSync(path, Buffer.alloc(count * size))
  const handle = client.call('guest-file-open', { path, mode: 'r+' }) as number
  const requests = Array.from({ length: count }, (_, i) =>
    writeOf(handle, source.subarray(i * size, (i + 1) * size)),
  )
  const reply = Buffer.from(`{"return": {"count": ${size}, "eof": false}}\n`)
  const write = (i: number) => {
    const end = client.exchange(requests[i] as Buffer)
    expectEqual(client.inbox.bytes.subarray(0, end), reply, 'guest-file-write')
  }
  warmUp(count, (i) => write(count - 1 - i))
  client.call('guest-file-seek', { handle, offset: 0, whence: 'set' })
  const ms = timed(() => {
    for (let i = 0; i < count; i++) write(i)
  })
  client.call('guest-file-close', { handle })
  const written = count * size
  if (!readFileSync(path).equals(source.subarray(0, written)))
    throw new Error(`Wrong content after guest-file-write of ${name}`)
  rmSync(path)
  return {
    id: `write.${name}`,
    label: `guest-file-write, ${name} each, MiB/s`,
    value: (written * 1000) / MIB / ms,
  }
}

function writeOf(handle: number, bytes: Buffer): Buffer {
  const args = `"handle":${handle},"buf-b64":"${bytes.toString('base64')}"`
  return Buffer.from(`{"execute":"guest-file-write","arguments":{${args}}}`, 'latin1')
}
