// SPDX-License-Identifier: Apache-2.0
/** Waiting for a port, which Wine's device manager never announces: its word is given as the system would. */
import { expect, test } from 'bun:test'
import { createWait } from '../../../platform/windows/arrivals.ts'

const LONG_MS = 600_000

test('the wait ends when a port comes, and the system is asked once', async () => {
  let arrived = () => {}
  const classes: string[] = []
  const wait = createWait((classGuid, call) => {
    classes.push(classGuid)
    arrived = call
    return true
  })
  for (let i = 0; i < 2; i++) {
    const waiting = wait(LONG_MS)
    arrived()
    await waiting
  }
  expect(classes).toEqual(['6FDE7521-1B65-48AE-B628-80BE62016026'])
})

test('without such word it ends with its time', async () => {
  const wait = createWait(() => false)
  await wait(1)
})
