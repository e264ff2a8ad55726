// SPDX-License-Identifier: Apache-2.0
/** What VSS does while we wait: asked now and then whether it is done, for its own waiting takes a thread. */
import { type ComObject, type Out, objectFrom, release } from '../../native/com.ts'
import {
  ERROR_TIMEOUT,
  type Hresult,
  hresultError,
  must,
  VSS_S_ASYNC_PENDING,
} from '../../native/hresult.ts'
import { operation } from '../../native/vssapi.ts'

const ASK_AGAIN_MS = 20

/** What it came to; undefined while it goes on. @throws HresultError when it cannot be asked */
export async function resultOf(action: string, under: ComObject): Promise<Hresult | undefined> {
  const result = Buffer.alloc(4)
  must(action, await operation.queryStatus(under, result, null))
  const code = result.readInt32LE()
  return code === VSS_S_ASYNC_PENDING ? undefined : code
}

/**
 * Waits for what it comes to, which may be a failure.
 * @throws HresultError when it takes longer; it is told to end then
 */
export async function outcomeOf(
  action: string,
  under: ComObject,
  limitMs: number,
): Promise<Hresult> {
  const end = performance.now() + limitMs
  for (;;) {
    const result = await resultOf(action, under)
    if (result !== undefined) return result
    if (performance.now() > end) {
      await operation.cancel(under)
      const waited = `no answer within ${Math.round(limitMs / 1000)} s`
      throw hresultError(action, ERROR_TIMEOUT, waited)
    }
    await Bun.sleep(ASK_AGAIN_MS)
  }
}

/** Begins an operation and waits for its success. @throws HresultError `action: Windows error …` */
export async function complete(
  action: string,
  begin: (out: Out<ComObject>) => Promise<Hresult>,
  limitMs: number,
): Promise<void> {
  const under = await objectFrom(action, begin)
  try {
    must(action, await outcomeOf(action, under, limitMs))
  } finally {
    await release(under)
  }
}
