// SPDX-License-Identifier: Apache-2.0
/** The arm64 executable, its processor emulated, on arm64 libraries and the kernel that is here. */
import { describe, expect, test } from 'bun:test'
import { startAgent } from '../harness/agent.ts'
import { expectKoffiToWork } from '../harness/koffi.ts'
import { needs } from '../harness/needs.ts'
import { ask, SLOW_MS } from '../harness/program.ts'
import { hasTargets, LINUX_ARM64 } from '../harness/targets.ts'

const LIBRARIES = '/usr/aarch64-linux-gnu'
const isPossible =
  hasTargets && needs('qemu-aarch64-static') && needs(`${LIBRARIES}/lib/libstdc++.so.6`)

describe.if(isPossible)('the arm64 executable', () => {
  test(
    'answers, and loads koffi from memory',
    async () => {
      using agent = await startAgent(['qemu-aarch64-static', '-L', LIBRARIES, LINUX_ARM64])
      using client = await agent.connect()
      expect(await ask(client, 'guest-ping')).toEqual({ return: {} })
      expect(await ask(client, 'guest-get-osinfo')).toHaveProperty('return.machine', 'aarch64')
      await client.close()
      await expectKoffiToWork(agent)
      expect(await agent.stop()).toBe(0)
    },
    SLOW_MS,
  )
})
