// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'bun:test'
import { Patience } from '../../../platform/linux/patience.ts'

const SOON_MS = 5
const NEVER_MS = 100_000

/** A call that waits to be answered, and counts how often it was made. */
class Pending {
  times = 0
  readonly #answer = Promise.withResolvers<string>()
  readonly resolve = this.#answer.resolve
  readonly reject = this.#answer.reject
  readonly call = (): Promise<string> => {
    this.times++
    return this.#answer.promise
  }
}

const answered = (text: string) => () => Promise.resolve(text)

describe('Patience', () => {
  test('gives the answer, and none for a failure', async () => {
    const patience = new Patience(NEVER_MS, 1)
    expect(await patience.ask('a', answered('yes'))).toBe('yes')
    expect(await patience.ask('a', () => Promise.reject(new Error('no')))).toBeUndefined()
    expect(await patience.ask('a', answered('again'))).toBe('again')
  })

  test('makes no more calls at once than there are slots', async () => {
    const patience = new Patience(NEVER_MS, 2)
    const calls = [new Pending(), new Pending(), new Pending()]
    const answers = calls.map((one, i) => patience.ask(`${i}`, one.call))
    await Promise.resolve()
    expect(calls.map(({ times }) => times)).toEqual([1, 1, 0])
    calls[1]?.resolve('second')
    expect(await answers[1]).toBe('second')
    calls[2]?.resolve('third')
    expect(await answers[2]).toBe('third')
    calls[0]?.resolve('first')
    expect(await answers[0]).toBe('first')
    expect(calls.map(({ times }) => times)).toEqual([1, 1, 1])
  })

  test('asks nothing again that has not come back', async () => {
    const patience = new Patience(SOON_MS, 2)
    const hanging = new Pending()
    expect(await patience.ask('disk', hanging.call)).toBeUndefined()
    expect(await patience.ask('disk', hanging.call)).toBeUndefined()
    expect(hanging.times).toBe(1)
    expect(await patience.ask('other', answered('yes'))).toBe('yes')
    hanging.resolve('late')
    await Bun.sleep(0)
    expect(await patience.ask('disk', answered('back'))).toBe('back')
  })

  test('a call that fails late is over as well', async () => {
    const patience = new Patience(SOON_MS, 1)
    const hanging = new Pending()
    expect(await patience.ask('disk', hanging.call)).toBeUndefined()
    hanging.reject(new Error('disconnected'))
    await Bun.sleep(0)
    expect(await patience.ask('disk', answered('back'))).toBe('back')
  })

  test('lets nobody wait for a slot when all are lost, until one is found', async () => {
    const patience = new Patience(SOON_MS, 2)
    const hanging = [new Pending(), new Pending()]
    const queued = new Pending()
    const answers = [
      ...hanging.map((one, i) => patience.ask(`${i}`, one.call)),
      patience.ask('queued', queued.call),
    ]
    expect(await Promise.all(answers)).toEqual([undefined, undefined, undefined])
    expect(await patience.ask('later', queued.call)).toBeUndefined()
    expect(queued.times).toBe(0)
    hanging[0]?.resolve('late')
    await Bun.sleep(0)
    expect(await patience.ask('later', answered('yes'))).toBe('yes')
  })
})
