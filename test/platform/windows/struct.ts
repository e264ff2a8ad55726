// SPDX-License-Identifier: Apache-2.0
/** Structs as Windows would fill them: numbers and bytes at their places. */

type Value = number | bigint | Uint8Array | { readonly u16: number } | { readonly u8: number }

/** @param members offset → value: numbers are 32 bits wide, bigints 64 */
export function struct(size: number, members: Readonly<Record<number, Value>>): Buffer {
  const bytes = Buffer.alloc(size)
  for (const [key, value] of Object.entries(members)) {
    const at = Number(key)
    if (typeof value === 'number') bytes.writeUInt32LE(value >>> 0, at)
    else if (typeof value === 'bigint') bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at)
    else if (value instanceof Uint8Array) bytes.set(value, at)
    else if ('u16' in value) bytes.writeUInt16LE(value.u16, at)
    else bytes.writeUInt8(value.u8, at)
  }
  return bytes
}

/** UTF-16 and a NUL. */
export function wide(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(''), 'utf16le')
}
