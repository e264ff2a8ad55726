// SPDX-License-Identifier: Apache-2.0

/** Whether a promise was kept before so many milliseconds had passed. @throws what the promise does */
export async function within(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), Math.max(0, limitMs))
  try {
    return await Promise.race([promise.then(() => true), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
