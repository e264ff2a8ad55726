// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll } from 'bun:test'
import { SLOW_MS } from './program.ts'
import { startWine, stopWine, WINE_START_MS } from './wine.ts'

/** Wine, for all tests of a block. */
export function wineForAll(): void {
  beforeAll(startWine, WINE_START_MS)
  afterAll(stopWine, SLOW_MS)
}
