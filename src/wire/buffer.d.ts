// SPDX-License-Identifier: Apache-2.0
/** Methods of Buffer that Node and Bun have and bun-types does not declare: no encoding to look up, no options. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string
  /** @returns the bytes written; characters above U+00FF are cut to 8 bits */
  latin1Write(text: string, offset?: number, length?: number): number
  base64Slice(start?: number, end?: number): string
}
