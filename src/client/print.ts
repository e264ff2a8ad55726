// SPDX-License-Identifier: Apache-2.0
/** Results as text: one line for scripts, indented for people. */
import { encode } from '../wire/writer.ts'
import { toBase64 } from './client.ts'

declare global {
  /** In the engine, but not yet in TypeScript's library. */
  interface JSON {
    rawJSON(text: string): object
  }
}

/** JSON on one line, as on the wire: integers exact, bytes as base64. */
export function jsonLine(value: unknown): string {
  return encode(value)
    .map((piece) => (typeof piece === 'string' ? piece : toBase64(piece)))
    .join('')
}

/** JSON over several lines. Bytes that are text are shown as text. */
export function prettyText(value: unknown): string {
  return `${JSON.stringify(value, readable, 2)}\n`
}

function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return JSON.rawJSON(String(value))
  if (!(value instanceof Uint8Array)) return value
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value)
  } catch {
    return { base64: toBase64(value) }
  }
}
