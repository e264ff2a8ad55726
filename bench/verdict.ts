// SPDX-License-Identifier: Apache-2.0
/** Which targets a run has not reached. */
import type { Row } from './figure.ts'
import { isUsual, NEW_MEMORY } from './new-memory.ts'
import type { Target } from './targets.ts'

/** Machines that others use too are noisy: so much of a target must be reached. */
const NOISE = 2 / 3

export interface Miss {
  readonly label: string
  readonly is: number
  readonly target: Target
  /** Below two thirds of it, or of what has been reached instead, in every round: no noise any more. */
  readonly isFar: boolean
  /** Not the agents alone decided it: no verdict. */
  readonly isJudged: boolean
}

export function misses(rows: readonly Row[], targets: readonly Target[]): readonly Miss[] {
  const isMemoryUsual = isUsual(rows.find(({ id }) => id === NEW_MEMORY)?.agent)
  return rows.flatMap((row) => {
    const fitting = targets.filter((target) => isMeant(target, row.id))
    const [closest] = fitting.sort((a, b) => b.id.length - a.id.length)
    return closest === undefined ? [] : missOf(row, closest, isMemoryUsual)
  })
}

function isMeant(target: Target, id: string): boolean {
  return target.id.endsWith('.') ? id.startsWith(target.id) : id === target.id
}

function missOf(row: Row, target: Target, isMemoryUsual: boolean): readonly Miss[] {
  const is = target.of === 'ratio' ? row.ratio : row.agent
  if (is === undefined) return []
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY, reached } = target
  if (is >= atLeast && is <= atMost) return []
  const rounds = target.of === 'ratio' ? row.rounds.ratio : row.rounds.agent
  const isFar =
    target.atLeast === undefined
      ? Math.min(...rounds) > (reached ?? atMost) / NOISE
      : Math.max(...rounds) < (reached ?? atLeast) * NOISE
  const isJudged =
    target.dependsOn === undefined || (target.dependsOn === 'memory' && isMemoryUsual)
  return [{ label: row.label, is, target, isFar, isJudged }]
}
