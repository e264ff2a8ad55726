// SPDX-License-Identifier: Apache-2.0
/** Rows as the Markdown table that README.md carries. */
import type { Row } from './figure.ts'
import type { Miss } from './verdict.ts'

/** Three digits that count, and no exponent. */
export function rounded(value: number | undefined): string {
  if (value === undefined) return '–'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  const text = value.toFixed(Math.min(digits, 2))
  return Math.abs(value) < 10_000 ? text : Number(text).toLocaleString('en').replaceAll(',', ' ')
}

export function table(rows: readonly Row[]): string {
  return [
    '| | C agent | qga | ratio |',
    '|---|--:|--:|--:|',
    ...rows.map(
      ({ label, against, agent, ratio }) =>
        `| ${[label, rounded(against), rounded(agent), rounded(ratio)].join(' | ')} |`,
    ),
  ].join('\n')
}

export function listOfMisses(all: readonly Miss[]): string {
  if (all.length === 0) return 'All targets are reached.'
  return ['Targets not reached:', ...all.map((miss) => `- ${told(miss)}`)].join('\n')
}

const WHY_NOT = {
  memory: ' (not judged: new memory is dear on this machine)',
  kernel: ' (not judged: the kernel decides most of it)',
} as const

function told({ label, is, target, isFar, isJudged }: Miss): string {
  const bound =
    target.atLeast === undefined ? `at most ${target.atMost}` : `at least ${target.atLeast}`
  const far = isFar
    ? `, below two thirds of it${isJudged ? '' : WHY_NOT[target.dependsOn ?? 'memory']}`
    : ''
  return `${label}: ${target.of} ${rounded(is)}, target ${bound}${far}`
}
