// SPDX-License-Identifier: Apache-2.0
/** A big base64 member of an answer, taken out without parsing it as JSON. */

export interface Decoded {
  /** What `return` says beside the member. */
  readonly frame: Readonly<Record<string, unknown>>
  readonly decoded: Buffer
}

export function takeBase64(answer: Buffer, member: string): Decoded {
  const mark = Buffer.from(`"${member}": "`)
  const at = answer.indexOf(mark)
  const start = at + mark.length
  const end = answer.indexOf('"', start)
  if (at < 0 || end < 0) {
    const shown = answer.toString('latin1', 0, 200)
    throw new Error(`Wrong answer: no ${member} in ${answer.length} bytes: ${shown}`)
  }
  const target = Buffer.allocUnsafe(((end - start) / 4) * 3)
  const { read, written } = target.setFromBase64(answer.latin1Slice(start, end))
  if (read !== end - start) throw new Error(`Wrong answer: ${member} is no base64 at ${read}`)
  const frame = JSON.parse(answer.latin1Slice(0, start) + answer.latin1Slice(end))
  return { frame: frame.return, decoded: target.subarray(0, written) }
}
