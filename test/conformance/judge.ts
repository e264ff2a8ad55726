// SPDX-License-Identifier: Apache-2.0
/** Compares what our agent did in a scenario with what a reference agent did. */

import { canonical, inTargetsWords, parseReply, sameAnswers } from './compare.ts'
import { type Divergence, isExchange, type Scenario, type Step } from './scenario.ts'
import type { Entry } from './transcript.ts'

export interface Verdict {
  readonly step: string
  readonly expected: readonly string[]
  readonly got: readonly string[]
}

/** The steps at which we differ from the target without saying so, or say so and do not. */
export function judge(
  scenario: Scenario,
  ours: readonly Entry[],
  target: readonly Entry[],
): readonly Verdict[] {
  return verdicts(scenario, ours, target, (step, got, theirs) => {
    if (isExchange(step) && step.compare === 'guest-info') return sameInfo(got, theirs)
    if (step.differs === undefined) return sameAnswers(got, theirs)
    return isAsListed(step, got) && isAnother(step.differs.id, got, theirs)
  })
}

/** The same against an older version, which has its own words for some errors and another wire now and then. */
export function judgeOlder(
  scenario: Scenario,
  ours: readonly Entry[],
  older: readonly Entry[],
  target: readonly Entry[],
): readonly Verdict[] {
  return verdicts(scenario, ours, older, (step, got, theirs, i) => {
    if (step.changed) return true
    if (step.differs !== undefined) return isAsListed(step, got)
    return sameAnswers(got, inTargetsWords(theirs, target[i]?.answers ?? []))
  })
}

/** What we are to answer where a difference is listed. */
function listedAnswers(step: Step): readonly string[] {
  const ours = step.differs?.ours ?? []
  return ours.map((line) => (line.startsWith('= ') ? line : `< ${line}`))
}

/** A difference that has gone is to leave the list. */
function isAnother(
  id: Divergence['id'],
  ours: readonly string[],
  theirs: readonly string[],
): boolean {
  return id === 'member-order' ? ours.join('\n') !== theirs.join('\n') : !sameAnswers(ours, theirs)
}

function isAsListed(step: Step, got: readonly string[]): boolean {
  return sameAnswers(got, listedAnswers(step))
}

function verdicts(
  scenario: Scenario,
  ours: readonly Entry[],
  theirs: readonly Entry[],
  isRight: (step: Step, got: readonly string[], theirs: readonly string[], i: number) => boolean,
): readonly Verdict[] {
  const wrong: Verdict[] = []
  for (const [i, step] of scenario.steps.entries()) {
    const got = ours[i]?.answers ?? []
    const expected = theirs[i]?.answers ?? []
    if (isRight(step, got, expected, i)) continue
    const listed = step.differs === undefined ? expected : listedAnswers(step)
    wrong.push({ step: (ours[i]?.asked ?? []).join('\n'), expected: listed, got })
  }
  return wrong
}

const RELEASE = /^\d+\.\d+\.\d+$/

interface Info {
  readonly version: string
  readonly supported_commands: readonly { readonly name: string }[]
}

/** The version is ours, another than the reference's. */
function sameInfo(ours: readonly string[], theirs: readonly string[]): boolean {
  const [got, expected] = [ours, theirs].map((lines) => infoOf(lines[0] ?? ''))
  if (got === undefined || expected === undefined) return false
  if (got.version === expected.version || !RELEASE.test(got.version)) return false
  return canonical(got.supported_commands) === canonical(expected.supported_commands)
}

function infoOf(line: string): Info | undefined {
  const reply = parseReply(line.slice(2)) as { return?: Info } | undefined
  return reply?.return
}
