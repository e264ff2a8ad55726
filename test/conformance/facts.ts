// SPDX-License-Identifier: Apache-2.0
/** Facts of the machine under the agent. A transcript has their names where a reply tells them. */
import { hostname, machine, release, version } from 'node:os'

const TEXTS = {
  HOSTNAME: hostname,
  KERNEL_RELEASE: release,
  KERNEL_VERSION: version,
  MACHINE: machine,
} as const

export type FactName = keyof typeof TEXTS | 'TIME' | 'REFCNT'

/** A clock that is this far off is another clock. */
const TIME_TOLERANCE_NS = 2_000_000_000n
/** How often the kernel itself holds on to a route. */
const REFCNT = /(?<="refcnt": )\d+/g
const TIME_RETURN = /"return": (\d+)/

/** Puts the names of facts into a reply line, where the reply tells them right. */
export function nameFacts(line: string, names: readonly FactName[]): string {
  let named = line
  for (const name of names) {
    if (name === 'TIME') named = nameTime(named)
    else if (name === 'REFCNT') named = named.replace(REFCNT, '@REFCNT@')
    else named = named.replaceAll(JSON.stringify(TEXTS[name]()), `"@${name}@"`)
  }
  return named
}

function nameTime(line: string): string {
  return line.replace(TIME_RETURN, (whole: string, digits: string) => {
    const off = BigInt(digits) - BigInt(Date.now()) * 1_000_000n
    const isNow = off < TIME_TOLERANCE_NS && -off < TIME_TOLERANCE_NS
    return isNow ? '"return": @TIME@' : whole
  })
}
