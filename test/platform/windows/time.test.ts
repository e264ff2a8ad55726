// SPDX-License-Identifier: Apache-2.0
/** A clock and a time service that are made up: nothing here sets the real one. */
import { expect, test } from 'bun:test'
import { Win32Error } from '../../../native/win32-error.ts'
import { createTimeHandlers } from '../../../platform/windows/time.ts'
import type { Ending } from '../../../src/portable/exec.ts'

function setTime(ending: Ending | undefined, time?: number) {
  const set: bigint[] = []
  const handlers = createTimeHandlers({
    systemTime: () => 0n,
    setSystemTime: (units: bigint) => void set.push(units),
    enablePrivilege: () => {},
    run: async () => ({ ending, output: '' }),
    win32Error: (action, code) => new Win32Error(action, code, 'as the system says'),
  })
  const done = handlers['guest-set-time'](time === undefined ? {} : { time })
  const said = Promise.resolve(done).then(
    () => 'done',
    (error: Error) => error.message,
  )
  return { set, said }
}

test.each<[Ending | undefined, string]>([
  [{ exitcode: 0 }, 'done'],
  [{ exitcode: 0x80070426 | 0 }, 'Windows Time service not running on the guest'],
  [{ exitcode: 5 }, 'w32tm failed with error (0x5): as the system says'],
  [undefined, 'w32tm did not end in time'],
])('without a time the answer is what w32tm came to: %p', async (ending, said) => {
  expect(await setTime(ending).said).toBe(said)
})

test('a time that there is not is told in full', async () => {
  const { set, said } = setTime({ exitcode: 0 }, -1)
  expect(await said).toBe('Time -1 is invalid')
  expect(set).toEqual([])
})
