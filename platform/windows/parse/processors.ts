// SPDX-License-Identifier: Apache-2.0
/**
 * SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX for RelationProcessorCore: a record for each core, with a mask for
 * each processor group that it is in. A group has at most 64 processors.
 */

/** Relationship, Size and at last GroupCount and the masks (GROUP_AFFINITY). */
export const PROCESSOR_CORE = {
  size: 4,
  groupCount: 30,
  masks: 32,
  maskBytes: 16,
} as const
const RELATION_PROCESSOR_CORE = 0

/** How many logical processors there are, in all groups. */
export function countProcessors(bytes: Buffer): number {
  let count = 0
  for (let at = 0; at + PROCESSOR_CORE.masks <= bytes.length; ) {
    const size = bytes.readUInt32LE(at + PROCESSOR_CORE.size)
    if (size < PROCESSOR_CORE.masks) break
    if (bytes.readUInt32LE(at) === RELATION_PROCESSOR_CORE) {
      count += processorsOf(bytes.subarray(at, at + size))
    }
    at += size
  }
  return count
}

function processorsOf(record: Buffer): number {
  let count = 0
  for (let group = 0; group < record.readUInt16LE(PROCESSOR_CORE.groupCount); group++) {
    const at = PROCESSOR_CORE.masks + PROCESSOR_CORE.maskBytes * group
    if (at + 8 > record.length) break
    for (let mask = record.readBigUInt64LE(at); mask > 0n; mask &= mask - 1n) count++
  }
  return count
}
