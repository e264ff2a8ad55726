// SPDX-License-Identifier: Apache-2.0
/** What is told of a freeze that went wrong. */
import { HresultError, VSS_E_HOLD_WRITES_TIMEOUT } from '../../native/hresult.ts'

/** Upstream's words. */
export const HOLD_WRITES = "couldn't hold writes: fsfreeze is limited up to 10 seconds"

/** What VSS says of it too, though later. */
export function heldTooLong(): HresultError {
  return new HresultError(HOLD_WRITES, [VSS_E_HOLD_WRITES_TIMEOUT], undefined)
}

/** See SnapshotSet. */
interface Ending {
  abort(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Ends a set of which something has failed. @returns the error, with what the writers say to it */
export async function failureOf(set: Ending, error: unknown): Promise<unknown> {
  const failed = await set.abort()
  await set.close()
  return error instanceof HresultError ? error.with(...failed) : error
}
