// SPDX-License-Identifier: Apache-2.0
/** What the executable needs of a machine. */
import { readFileSync } from 'node:fs'
import { loadKoffi } from '../../../native/koffi.ts'

/** x86-64-v2, as /proc/cpuinfo calls its parts. */
const FLAGS = ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'] as const

/** The parts of x86-64-v2 that a processor lacks; none on processors of another kind. */
export function missingFlags(cpuinfo: string): readonly string[] {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(' ')
  return flags === undefined ? [] : FLAGS.filter((flag) => !flags.includes(flag))
}

/** Why the agent cannot run on this machine, a line each. */
export function unmetRequirements(): readonly string[] {
  return [...processorRequirement(), ...libraryRequirement()]
}

function processorRequirement(): readonly string[] {
  const missing = missingFlags(readFileSync('/proc/cpuinfo', 'utf8'))
  return missing.length === 0
    ? []
    : [`the processor is no x86-64-v2: it lacks ${missing.join(', ')}; choose another CPU model`]
}

/** Loading it is the proof: what is missing is in the linker's message. */
function libraryRequirement(): readonly string[] {
  try {
    loadKoffi()
    return []
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [`glibc 2.25, libstdc++.so.6 and libgcc_s.so.1 are needed: ${reason}`]
  }
}
