// SPDX-License-Identifier: Apache-2.0
/** The bookkeeping of guest-exec over processes that are made up. */
import { expect, test } from 'bun:test'
import { createExecHandlers, type Ending } from '../../src/portable/exec.ts'

/** All processes have the same number; each ends as told. */
function sameNumber(pid: number) {
  const ends: ((ending: Ending) => void)[] = []
  const handlers = createExecHandlers(
    {
      reach: () => Promise.resolve(),
      permitted: (path) => Promise.resolve(path),
      launch: () => {
        const { promise: done, resolve } = Promise.withResolvers<Ending>()
        ends.push(resolve)
        return { pid, done }
      },
      account: () => {},
    },
    { maxJobs: 3, maxOutput: 100, maxStream: 100, maxInput: 100, resultAgeMs: 1000 },
  )
  return {
    start: () => handlers['guest-exec']({ path: 'any' }),
    status: () => handlers['guest-exec-status']({ pid }),
    end: async (which: number, exitcode: number) => {
      ends[which]?.({ exitcode })
      await Bun.sleep(0)
    },
  }
}

test('a number that comes round again means the newer process first, and then the older', async () => {
  const { start, status, end } = sameNumber(77)
  await start()
  await end(0, 1)
  await start()
  expect(status()).toEqual({ exited: false })
  await end(1, 2)
  expect(status()).toEqual({ exited: true, exitcode: 2 })
  expect(status()).toEqual({ exited: true, exitcode: 1 })
  expect(status).toThrow('PID ld does not exist')
})
