// SPDX-License-Identifier: Apache-2.0
/** Addresses as text: inet_ntop(3), as glibc writes them. */

const WORDS = 8
/** How many leading words of an address with an embedded IPv4 one there are. */
const MAPPED_WORDS = 6

/** Four or sixteen bytes, in network order. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : ipv6Text(bytes)
}

/**
 *     fe80:0:0:0:fc:ff:fe00:1  →  fe80::fc:ff:fe00:1     the first of the longest runs of zeros is ::
 *     0:0:0:0:0:ffff:c000:201  →  ::ffff:192.0.2.1       an IPv4 address in IPv6
 */
function ipv6Text(bytes: Uint8Array): string {
  const words = Array.from(
    { length: WORDS },
    (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0),
  )
  const { start, length } = longestZeros(words)
  const isMapped =
    start === 0 &&
    (length === MAPPED_WORDS || (length === MAPPED_WORDS - 1 && words[length] === 0xffff))
  const hex = (from: number, to: number) =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':')
  const end = isMapped ? MAPPED_WORDS : WORDS
  const text = length < 2 ? hex(0, end) : `${hex(0, start)}::${hex(start + length, end)}`
  if (!isMapped) return text
  return `${text.endsWith(':') ? text : `${text}:`}${bytes.slice(2 * MAPPED_WORDS).join('.')}`
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 0 }
  for (let start = 0; start < words.length; start++) {
    let length = 0
    while (words[start + length] === 0) length++
    if (length > best.length) best = { start, length }
    start += length
  }
  return best
}
