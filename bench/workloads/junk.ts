// SPDX-License-Identifier: Apache-2.0
/** What a confused host sends, and how long until the agent answers again (guest-sync-delimited). */
import type { Figure } from '../figure.ts'
import { type Bench, MIB, timed } from '../workload.ts'

const JUNK_BYTES = 32 * MIB
const SYNC_ID = 4711
const SYNC = Buffer.from(
  `\xff{"execute":"guest-sync-delimited","arguments":{"id":${SYNC_ID}}}\n`,
  'latin1',
)
const REPLY = Buffer.from(`\xff{"return": ${SYNC_ID}}\n`, 'latin1')

export function junk(bench: Bench): readonly Figure[] {
  const string = Buffer.alloc(JUNK_BYTES, 'x')
  string[0] = 0x22
  return [
    recovery(bench, 'word', Buffer.alloc(JUNK_BYTES, 'x')),
    recovery(bench, 'open string', string),
  ]
}

function recovery({ client }: Bench, what: string, bytes: Buffer): Figure {
  const inbox = client.inbox.bytes
  const isLast = (end: number) =>
    end >= REPLY.length && inbox.compare(REPLY, 0, REPLY.length, end - REPLY.length, end) === 0
  const all = Buffer.concat([bytes, SYNC])
  let end = 0
  const value = timed(() => {
    end = client.flood(all, isLast)
  })
  const before = inbox.latin1Slice(0, Math.min(100, end - REPLY.length))
  if (!before.startsWith('{"error": {'))
    throw new Error(`Wrong answer to junk: "${before}" where an error belongs`)
  return { id: `junk.${what}`, label: `recovery from 32 MiB of junk, ${what}, ms`, value }
}
