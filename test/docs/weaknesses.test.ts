// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { weaknessesPage } from '../../docs/weaknesses.ts'
import { LISTS } from '../weaknesses/lists.ts'
import { titlesIn } from '../weaknesses/titles.ts'
import { mended, notMended, testOf } from '../weaknesses/weakness.ts'

const ROOT = join(import.meta.dir, '../..')
const all = LISTS.flatMap(({ rows }) => rows)

/** The number of entries of each list; a list that has lost one is not complete. */
const COUNTS = [64, 43, 25, 6]

function isThere({ file, title }: ReturnType<typeof testOf>): boolean {
  const path = join(ROOT, file)
  if (title === '' || !file.endsWith('.test.ts') || !existsSync(path)) return false
  return titlesIn(readFileSync(path, 'utf8')).some((found) => found.startsWith(title))
}

describe('the lists of weaknesses', () => {
  test('have every number once, in their order', () => {
    expect(LISTS.map(({ rows }) => rows.map(({ number }) => number))).toEqual(
      COUNTS.map((count) => Array.from({ length: count }, (_, i) => i + 1)),
    )
  })

  test('name tests that are there', () => {
    const missing = all.flatMap(({ shownBy }) => shownBy).filter((name) => !isThere(testOf(name)))
    expect(missing).toEqual([])
  })

  test('refer to steps that are there for what only Windows can show', () => {
    const steps = readFileSync(join(ROOT, 'docs/windows-verification.md'), 'utf8')
    const referred = all.flatMap(({ qga }) => {
      return Array.from(qga.matchAll(/windows-verification\.md, ([\d.]+)/g), ([, step]) => step)
    })
    expect(referred.length).toBeGreaterThan(0)
    expect(referred.filter((step) => !steps.includes(`# ${step}. `))).toEqual([])
  })
})

describe('docs/weaknesses.md', () => {
  test('is what the lists give: run `bun run docs` when this fails', async () => {
    const file = Bun.file(join(ROOT, 'docs/weaknesses.md'))
    expect(await file.text()).toBe(weaknessesPage())
  })

  test('counts, and shows each with its tests', () => {
    const rows = [
      mended(1, 'A', 'B', 'docs/a.test.ts: says', 'docs/b.test.ts: does x | y'),
      notMended(2, 'C', 'D'),
    ]
    expect(weaknessesPage([{ title: 'T', rows }])).toEndWith(`## T

2: 1 mended, 1 not mended.

| | weakness | qga | shown by |
|--:|---|---|---|
| 1 | A | **mended.** B | \`test/docs/a.test.ts\` "says"<br>\`test/docs/b.test.ts\` "does x \\| y" |
| 2 | C | **not mended.** D |  |
`)
  })
})
