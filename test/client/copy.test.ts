// SPDX-License-Identifier: Apache-2.0
/** The order of a copy, between two ends in memory. */
import { describe, expect, test } from 'bun:test'
import { type Copying, copy, Interrupted, Mismatch } from '../../src/client/copy.ts'

const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex')

/** Three bytes at a time; the guest has the target. */
function ends(content: string, present = '') {
  const source = Buffer.from(content)
  const state = { written: Buffer.from(present), isSettled: false, isCommitted: false }
  const progress: number[] = []
  const copying: Copying = {
    source: {
      name: 'from',
      size: source.length,
      async *chunks(offset) {
        for (let at = offset; at < source.length; at += 3) yield source.subarray(at, at + 3)
      },
    },
    target: {
      name: 'to.part',
      present: present.length,
      write: async (bytes) => {
        state.written = Buffer.concat([state.written, bytes])
      },
      settle: async () => {
        state.isSettled = true
      },
      commit: async () => {
        state.isCommitted = true
      },
    },
    async *hostChunks(count) {
      yield source.subarray(0, count)
    },
    guestDigest: async (count) => sha256(state.written.subarray(0, count)),
    signal: new AbortController().signal,
    onProgress: (done) => progress.push(done),
  }
  return { copying, state, progress }
}

describe('copy()', () => {
  test('moves all, checks it and gives it its name', async () => {
    const { copying, state, progress } = ends('12345678')
    expect(await copy(copying)).toEqual({
      bytes: 8,
      'resumed-at': 0,
      sha256: sha256(Buffer.from('12345678')),
      verified: true,
    })
    expect(state).toEqual({ written: Buffer.from('12345678'), isSettled: true, isCommitted: true })
    expect(progress).toEqual([0, 3, 6, 8])
  })

  test('goes on after what is there', async () => {
    const { copying, state, progress } = ends('12345678', '12345')
    expect(await copy(copying)).toMatchObject({ bytes: 8, 'resumed-at': 5, verified: true })
    expect(state.written.toString()).toBe('12345678')
    expect(progress).toEqual([5, 8])
  })

  test.each([
    ['is another', '12x'],
    ['is longer than the source', '123456789'],
  ])('does not go on after what %s', async (_, present) => {
    const { copying, state } = ends('12345678', present)
    await expect(copy(copying)).rejects.toThrow(
      'Cannot resume: "to.part" is not the beginning of "from"; without --resume it is written anew',
    )
    expect(state).toEqual({ written: Buffer.from(present), isSettled: false, isCommitted: false })
  })

  test('gives no name to what differs from what was moved', async () => {
    const { copying, state } = ends('12345678')
    const damaged = copy({ ...copying, guestDigest: async () => sha256(Buffer.from('other')) })
    await expect(damaged).rejects.toThrow(Mismatch)
    expect(state).toMatchObject({ isSettled: true, isCommitted: false })
  })

  test('says when it could not check', async () => {
    const { copying, state } = ends('12345678')
    const unchecked = await copy({ ...copying, guestDigest: async () => undefined })
    expect(unchecked.verified).toBe(false)
    expect(state.isCommitted).toBe(true)
  })

  test('stops between two chunks when asked to', async () => {
    const { copying, state } = ends('12345678')
    const controller = new AbortController()
    const stopped = copy({
      ...copying,
      signal: controller.signal,
      onProgress: (done) => done >= 3 && controller.abort(),
    })
    await expect(stopped).rejects.toThrow(Interrupted)
    expect(state).toEqual({ written: Buffer.from('123'), isSettled: false, isCommitted: false })
  })
})
