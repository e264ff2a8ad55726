// SPDX-License-Identifier: Apache-2.0
/** Memory outside the JS heap, for structs that point at each other or that the system keeps. */
import { loadKoffi } from './koffi.ts'

/** A block that stays where it is until it is disposed of; zeros at first. */
export class NativeMemory implements Disposable {
  readonly address: bigint
  readonly bytes: Buffer
  readonly #memory: unknown

  constructor(size: number) {
    this.#memory = loadKoffi().alloc('uint8_t', size)
    this.address = loadKoffi().address(this.#memory)
    this.bytes = Buffer.from(loadKoffi().view(this.#memory, size))
    this.bytes.fill(0)
  }

  /** Text as Windows has it: UTF-16, ended by a NUL. */
  static text(text: string): NativeMemory {
    const encoded = wide(text)
    const memory = new NativeMemory(encoded.length)
    memory.bytes.set(encoded)
    return memory
  }

  [Symbol.dispose](): void {
    loadKoffi().free(this.#memory)
  }
}

/** UTF-16 and a NUL. */
export function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le')
}

/** A copy of memory that the system gave. */
export function copyOf(address: bigint, size: number): Buffer {
  return Buffer.from(Buffer.from(loadKoffi().view(address, size)))
}

/** Text of the system's, up to its NUL; none at address 0. */
export function wideTextAt(address: bigint): string {
  return address === 0n ? '' : (loadKoffi().decode(address, 'char16_t', -1) as string)
}

/** What the system wrote into `bytes`, up to its NUL. */
export function wideText(bytes: Buffer, start = 0, end: number = bytes.length): string {
  let at = start
  while (at + 1 < end && bytes.readUInt16LE(at) !== 0) at += 2
  return bytes.toString('utf16le', start, at)
}

/** A GUID as it is in memory: the first three groups are numbers, the last two bytes. */
export function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}
