// SPDX-License-Identifier: Apache-2.0
/** What a page of memory costs that nobody has touched: in virtual machines that give theirs back, a hundred times as much at times. */
import type { Figure } from './figure.ts'
import { MIB } from './workload.ts'

const BYTES = 64 * MIB
const PAGE_BYTES = 4096
/** On machines at rest it is a quarter of a microsecond. */
const USUAL_MAX_US = 2

export const NEW_MEMORY = 'machine.page'

export function newMemory(): Figure {
  const bytes = new Uint8Array(BYTES)
  const start = performance.now()
  for (let at = 0; at < BYTES; at += PAGE_BYTES) bytes[at] = 1
  const value = ((performance.now() - start) * 1000) / (BYTES / PAGE_BYTES)
  return { id: NEW_MEMORY, label: 'a page of new memory on this machine, µs', value }
}

/** Whether figures that new memory decides say something of the agents. */
export function isUsual(pageUs: number | undefined): boolean {
  return pageUs === undefined || pageUs <= USUAL_MAX_US
}
