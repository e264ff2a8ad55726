// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { watched } from './watched.ts'

describe('watched()', () => {
  test('has nothing to tell of a program that comes to its end, however long all its steps take', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo step $i; sleep 0.2; done'
    expect(await watched(['sh', '-c', script], 1000)).toEqual({ steps: 8, problem: undefined })
  })

  test('ends a program that does not come back, and names the step that it was at', async () => {
    const script = 'console.log("one"); console.log("two"); for (;;);'
    expect(await watched([process.execPath, '-e', script], 1000)).toEqual({
      steps: 2,
      problem: 'two takes longer than 1000 ms',
    })
  })

  test('names the step at which a program fails', async () => {
    expect(await watched(['sh', '-c', 'echo one; echo why >&2; exit 3'], 5000)).toEqual({
      steps: 1,
      problem: 'one ends with 3: why\n',
    })
  })
})
