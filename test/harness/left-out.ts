// SPDX-License-Identifier: Apache-2.0
/** Loaded before all tests: says at the very end what this run had to leave out, and why. */
import { afterAll } from 'bun:test'
import { missingThings } from './needs.ts'

afterAll(() => {
  const missing = missingThings()
  if (missing.length > 0)
    console.warn(`\nLeft out, because it is missing here: ${missing.join(', ')}`)
})
