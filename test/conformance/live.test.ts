// SPDX-License-Identifier: Apache-2.0
/** Our executable and the installed qemu-ga, side by side. */
import { describe, expect, test } from 'bun:test'
import { EXECUTABLE } from '../harness/executable.ts'
import { needs, toolPath } from '../harness/needs.ts'
import { judge, judgeOlder } from './judge.ts'
import { createPlayer } from './once.ts'
import { isPlayable } from './playable.ts'
import { scenarios } from './scenarios/all.ts'
import { OLDER, readTranscript, TARGET } from './transcripts.ts'
import { versionOf } from './version.ts'

const TIMEOUT_MS = 120_000
const isThere = needs('qemu-ga')
const reference = isThere ? (toolPath('qemu-ga') ?? '') : ''
const version = isThere ? versionOf([reference]) : OLDER
const isTarget = version.startsWith('11.')

const ours = createPlayer([EXECUTABLE], 'SIGTERM')
const theirs = createPlayer([reference], 'SIGKILL')

describe.if(isThere)(`beside qemu-ga ${version}`, () => {
  for (const scenario of scenarios.filter(isPlayable)) {
    if (scenario.only !== undefined && !isTarget) continue

    test(
      `${scenario.topic}: our executable answers the same`,
      async () => {
        const [got, live] = await Promise.all([ours(scenario), theirs(scenario)])
        const target = readTranscript(scenario.topic, TARGET).entries
        const wrong = isTarget
          ? judge(scenario, got, live)
          : judgeOlder(scenario, got, live, target)
        expect(wrong).toEqual([])
      },
      TIMEOUT_MS,
    )

    // The player is right, then: what it hears is what was recorded.
    test.if(version === OLDER || version === TARGET)(
      `${scenario.topic}: the reference agent still answers as recorded`,
      async () => {
        const live = await theirs(scenario)
        const recorded = readTranscript(scenario.topic, version).entries
        expect(live.map(({ asked, answers }) => ({ asked, answers }))).toEqual(
          recorded.map(({ asked, answers }) => ({ asked, answers })),
        )
      },
      TIMEOUT_MS,
    )
  }
})
