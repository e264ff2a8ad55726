// SPDX-License-Identifier: Apache-2.0
/** What one measurement yields, and what all rounds of it become. */
import { median } from './statistics.ts'

export interface Figure {
  /** What targets.ts calls it. */
  readonly id: string
  readonly label: string
  readonly value: number
}

export type Side = 'against' | 'agent'

export interface Row {
  readonly id: string
  readonly label: string
  readonly against: number | undefined
  readonly agent: number | undefined
  /** The median of the rounds' ratios: both sides of a round met the same weather. */
  readonly ratio: number | undefined
  /** What the rounds gave, one by one. */
  readonly rounds: { readonly agent: readonly number[]; readonly ratio: readonly number[] }
}

interface Series {
  label: string
  readonly against: number[]
  readonly agent: number[]
}

/** All figures of all rounds, in the order in which they first came. */
export class Results {
  readonly #series = new Map<string, Series>()

  add(side: Side, figures: readonly Figure[]): void {
    for (const { id, label, value } of figures) {
      const series = this.#series.get(id) ?? { label, against: [], agent: [] }
      this.#series.set(id, series)
      series[side].push(value)
    }
  }

  rows(): readonly Row[] {
    return Array.from(this.#series, ([id, { label, against, agent }]) => {
      const ratio = ratiosOf(against, agent)
      return {
        id,
        label,
        against: medianOf(against),
        agent: medianOf(agent),
        ratio: medianOf(ratio),
        rounds: { agent, ratio },
      }
    })
  }
}

function ratiosOf(against: readonly number[], agent: readonly number[]): readonly number[] {
  return agent
    .map((value, round) => value / (against[round] ?? 0))
    .filter((ratio) => Number.isFinite(ratio))
}

function medianOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : median(values)
}
