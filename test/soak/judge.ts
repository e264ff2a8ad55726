// SPDX-License-Identifier: Apache-2.0
/** What a soak must not leave behind. */
import type { Held, Report } from './soak.ts'

export interface Allowance {
  /** How much more resident memory in the last tenth than in the first, as a share of it. */
  readonly growth: number
  /** How much more anonymous memory at rest. */
  readonly restKiB: number
}

/**
 * Of a million calls a tenth has many collections of garbage, so that its middle says something. Resident memory can
 * still hide five bytes that each call leaves; memory at rest shows them.
 */
export const LONG: Allowance = { growth: 0.05, restKiB: 3 * 1024 }

/**
 * A tenth of a short run is less than what lies between two collections: resident memory goes up and down by
 * 15 % meanwhile. Memory at rest is steady, and takes 1 to 3 MiB while the runtime compiles what is used seldom.
 */
export const SHORT: Allowance = { growth: 0.2, restKiB: 5 * 1024 }

const NUMBERS = ['descriptors', 'threads', 'children'] as const satisfies (keyof Held)[]

/** What is wrong, each with its figures; nothing when all is well. */
export function judge(report: Report, { growth, restKiB }: Allowance): readonly string[] {
  const { calls, failures, before, after, firstKiB, lastKiB } = report
  const wrong = NUMBERS.filter((name) => after[name] !== before[name]).map(
    (name) => `${name}: ${before[name]} after the warm-up, ${after[name]} at the end`,
  )
  if (failures > 0) wrong.push(`${failures} of ${calls} calls failed`)
  // What has no figure is wrong, too.
  if (!(lastKiB <= firstKiB * (1 + growth))) {
    const more = percent(lastKiB / firstKiB - 1)
    wrong.push(
      `resident memory: ${firstKiB} KiB, then ${lastKiB} KiB, ${more} more where ${percent(growth)} may be`,
    )
  }
  const restMore = after.anonymousKiB - before.anonymousKiB
  if (!(restMore <= restKiB)) {
    wrong.push(
      `memory at rest: ${before.anonymousKiB} KiB, then ${after.anonymousKiB} KiB, ${restMore} KiB more where ${restKiB} may be`,
    )
  }
  return wrong
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}
