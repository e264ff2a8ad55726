// SPDX-License-Identifier: Apache-2.0
/** The object around a command: what a request may hold, in upstream's order of complaints. */
import { MalformedRequest } from '../errors.ts'

export interface Request {
  readonly execute: string
  readonly arguments?: object
  /** Echoed in the reply, whatever it is; absent is not null. */
  readonly id?: unknown
}

/** @throws MalformedRequest */
export function requestFrom(value: unknown): Request {
  if (!isObject(value)) throw new MalformedRequest('QMP input must be a JSON object')
  for (const member of inHashOrder(value)) {
    const given = value[member]
    // Only known members are looked for where they are not; JSON has no undefined.
    if (given === undefined) continue
    if (member === 'execute' && typeof given !== 'string') {
      throw new MalformedRequest("QMP input member 'execute' must be a string")
    }
    if (member === 'arguments' && !isObject(given)) {
      throw new MalformedRequest("QMP input member 'arguments' must be an object")
    }
    if (!KNOWN.includes(member)) {
      throw new MalformedRequest(`QMP input member '${member}' is unexpected`)
    }
  }
  if (!('execute' in value)) throw new MalformedRequest("QMP input lacks member 'execute'")
  return value as unknown as Request
}

/** The reader makes objects without a prototype; arrays, numbers kept as text and decoded bytes have one. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null
}

/** The members a request may have, in the order of their buckets. */
const KNOWN: readonly string[] = ['execute', 'arguments', 'id']

/**
 * Upstream looks at members in the order of its dictionary's buckets, which shows when several are wrong.
 * When all are known, this is the order in which they would come.
 */
function inHashOrder(value: Record<string, unknown>): readonly string[] {
  for (const member in value) {
    if (!KNOWN.includes(member)) {
      return Object.keys(value)
        .map((name) => ({ name, bucket: bucket(name) }))
        .sort((a, b) => a.bucket - b.bucket)
        .map(({ name }) => name)
    }
  }
  return KNOWN
}

const BUCKETS = 512

/** The bucket of a key in upstream's dictionary; all arithmetic is modulo 2^32. */
export function bucket(key: string): number {
  const bytes = Buffer.from(key)
  let hash = Math.imul(0x238f13af, bytes.length)
  for (const [i, byte] of bytes.entries()) hash = (hash + (byte << ((i * 5) % 24))) | 0
  hash = (Math.imul(hash, 1103515243) + 12345) >>> 0
  return hash % BUCKETS
}
