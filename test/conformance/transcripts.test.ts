// SPDX-License-Identifier: Apache-2.0
/** Our executable against what the reference agents were heard to say. */
import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { EXECUTABLE } from '../harness/executable.ts'
import { asked } from './asked.ts'
import { judge, judgeOlder } from './judge.ts'
import { createPlayer } from './once.ts'
import { isPlayable } from './playable.ts'
import { brokenRules } from './raw-rules.ts'
import { scenarios } from './scenarios/all.ts'
import type { Transcript } from './transcript.ts'
import { OLDER, readTranscript, TARGET, transcriptUrl } from './transcripts.ts'

const TIMEOUT_MS = 120_000
const ours = createPlayer([EXECUTABLE], 'SIGTERM')

for (const scenario of scenarios) {
  const mayPlay = isPlayable(scenario)
  const target = readTranscript(scenario.topic, TARGET)

  describe(scenario.topic, () => {
    test(`the transcript of ${TARGET} is of this scenario`, () => {
      expect(askedIn(target)).toEqual(scenario.steps.map(asked))
    })

    test.if(mayPlay)(
      `our executable answers as ${TARGET}`,
      async () => {
        expect(judge(scenario, await ours(scenario), target.entries)).toEqual([])
      },
      TIMEOUT_MS,
    )

    test.if(mayPlay)(
      'every reply line keeps the rules of the wire',
      async () => {
        for (const { asked, raw } of await ours(scenario)) {
          const isSyncDelimited = asked.join('').includes('guest-sync-delimited')
          for (const line of raw) {
            const rules = brokenRules(line, isSyncDelimited)
            expect({ rules, asked }).toEqual({ rules: [], asked })
          }
        }
      },
      TIMEOUT_MS,
    )

    if (scenario.only !== undefined) return
    const older = readTranscript(scenario.topic, OLDER)

    test(`the transcript of ${OLDER} is of this scenario`, () => {
      expect(askedIn(older)).toEqual(scenario.steps.map(asked))
    })

    test(`what is said to have changed since ${OLDER} has`, () => {
      const unchanged = scenario.steps.filter(
        (step, i) =>
          step.changed && Bun.deepEquals(older.entries[i]?.answers, target.entries[i]?.answers),
      )
      expect(unchanged).toEqual([])
    })

    test.if(mayPlay)(
      `our executable answers as ${OLDER}, but for words`,
      async () => {
        const played = await ours(scenario)
        expect(judgeOlder(scenario, played, older.entries, target.entries)).toEqual([])
      },
      TIMEOUT_MS,
    )
  })
}

test('every transcript is of a scenario', () => {
  const expected = scenarios.flatMap(({ topic, only }) =>
    (only === undefined ? [TARGET, OLDER] : [only]).map((version) => `${topic}.${version}.txt`),
  )
  expect(readdirSync(new URL('.', transcriptUrl('', ''))).sort()).toEqual(expected.sort())
})

function askedIn({ entries }: Transcript): readonly (readonly string[])[] {
  return entries.map((entry) => entry.asked)
}
