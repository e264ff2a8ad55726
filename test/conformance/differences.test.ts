// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { differencesPage } from '../../docs/differences.ts'
import { type Difference, differences } from './differences.ts'
import { judge } from './judge.ts'
import { call, type Scenario } from './scenario.ts'
import { scenarios } from './scenarios/all.ts'

const list: Readonly<Record<string, Difference>> = differences
const referredTo = new Set<string>(
  scenarios.flatMap(({ steps }) =>
    steps.flatMap(({ differs }) => (differs === undefined ? [] : [differs.id])),
  ),
)

describe('the list of differences', () => {
  test.each(Object.keys(list))('%s is shown by a step or a test', (id) => {
    const shownBy = list[id]?.shownBy
    const isShown =
      shownBy === undefined ? referredTo.has(id) : existsSync(new URL(shownBy, import.meta.url))
    expect(isShown).toBe(true)
  })
})

describe('docs/differences.md', () => {
  test('is what the list gives: run `bun run docs/differences.ts` when this fails', async () => {
    const file = Bun.file(new URL('../../docs/differences.md', import.meta.url))
    expect(await file.text()).toBe(differencesPage())
  })

  test('tells what both do and why', () => {
    const page = differencesPage({ it: { upstream: 'A.', ours: 'B.', why: 'C.' } })
    expect(page).toEndWith('## it\n\n- qemu-ga: A.\n- qga: B.\n- Why: C.\n')
  })
})

describe('judge()', () => {
  const send = call('guest-ping')
  const plain: Scenario = { topic: 'x', steps: [{ send }] }
  const listed: Scenario = {
    topic: 'x',
    steps: [{ send, differs: { id: 'base64', ours: ['{"return": 2}'] } }],
  }
  const entry = (answer: string) => [{ asked: [`> ${send}`], answers: [`< ${answer}`] }]
  const one = entry('{"return": 1}')
  const two = entry('{"return": 2}')

  test('accepts equal answers', () => {
    expect(judge(plain, one, one)).toEqual([])
  })

  test('finds a difference that is not listed', () => {
    expect(judge(plain, two, one)).toHaveLength(1)
  })

  test('accepts a listed difference', () => {
    expect(judge(listed, two, one)).toEqual([])
  })

  test('finds a listed difference that has gone', () => {
    expect(judge(listed, one, one)).toHaveLength(1)
    expect(judge(listed, two, two)).toHaveLength(1)
  })

  test('finds a listed difference that has become another', () => {
    expect(judge(listed, entry('{"return": 3}'), one)).toHaveLength(1)
  })

  test('finds an answer that is missing', () => {
    expect(judge(plain, [], one)).toHaveLength(1)
  })
})
