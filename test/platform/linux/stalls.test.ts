// SPDX-License-Identifier: Apache-2.0
/** Which calls are not made while others hang. */
import { beforeEach, describe, expect, test } from 'bun:test'
import { NotAsked, Stalls } from '../../../platform/linux/stalls.ts'

const MOUNTS = `20 1 254:1 / / rw - ext4 /dev/vda1 rw
21 20 0:30 / /dead rw - nfs server:/x rw
22 20 0:31 / /dead/inner rw - nfs server:/y rw
23 20 0:32 / /deadly rw - nfs server:/z rw
`
/** Longer than a call takes that does not hang. */
const HANGS_MS = 1100

let stalls: Stalls
let looks: number
const begin = (path: string) => stalls.begin(Buffer.from(path))

beforeEach(() => {
  looks = 0
  stalls = new Stalls(2, () => {
    looks++
    return Buffer.from(MOUNTS)
  })
})

describe('Stalls', () => {
  test('lets calls through that come one after the other, or together, without a look', () => {
    stalls.end(begin('/dead/a'))
    begin('/dead/b')
    begin('/dead/c')
    expect(looks).toBe(0)
  })

  test('asks a file system nothing while a call to it hangs, and the others everything', async () => {
    const hanging = begin('/dead/a')
    await Bun.sleep(HANGS_MS)
    for (const path of ['/dead', '/dead/b', '/dead/b/c']) {
      expect(() => begin(path)).toThrow(/^its file system has not answered for \d+ s$/)
    }
    for (const path of ['/', '/etc/passwd', '/dead/inner/x', '/deadly/x', '/deader']) {
      stalls.end(begin(path))
    }
    stalls.end(hanging)
    stalls.end(begin('/dead/b'))
  })

  test('makes no call at all when too many hang', async () => {
    const hanging = [begin('/dead/a'), begin('/deadly/a')]
    await Bun.sleep(HANGS_MS)
    expect(() => begin('/etc/passwd')).toThrow(NotAsked)
    for (const call of hanging) stalls.end(call)
    stalls.end(begin('/etc/passwd'))
  })
})
