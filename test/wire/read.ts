// SPDX-License-Identifier: Apache-2.0
/** Drives a Reader in tests. */
import { MalformedRequest } from '../../src/errors.ts'
import { EncodedBytes } from '../../src/wire/base64.ts'
import { type Incoming, Reader } from '../../src/wire/reader.ts'

export function newReader(): Reader {
  return new Reader({ encoded: { parent: 'arguments', names: new Set(['buf-b64']) } })
}

/** All that comes of the chunks; latin1 text stands for bytes. */
export function read(chunks: readonly (string | Buffer)[], reader = newReader()): Incoming[] {
  const values: Incoming[] = []
  for (const chunk of chunks) {
    reader.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)
    for (;;) {
      const value = reader.next()
      if (value === undefined) break
      values.push(value)
    }
  }
  return values
}

/** Values that `toEqual` can compare: faults as their message, decoded base64 as bytes, no null prototypes. */
export function comparable(value: unknown): unknown {
  if (value instanceof MalformedRequest) return value.message
  if (value instanceof EncodedBytes) return Buffer.concat(value.decode())
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  if (Object.getPrototypeOf(value) !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member)]))
}

/** The one thing that comes of a text. */
export function readOne(text: string): unknown {
  const values = read([text])
  if (values.length !== 1) throw new Error(`${values.length} values of ${JSON.stringify(text)}`)
  return comparable(values[0])
}
