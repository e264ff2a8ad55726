// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { startAgent } from '../harness/agent.ts'
import { EXECUTABLE } from '../harness/executable.ts'
import { call } from './scenario.ts'

const TIMEOUT_MS = 60_000

test(
  'the executable serves the next client when one leaves its replies behind',
  async () => {
    using agent = await startAgent([EXECUTABLE])
    for (let id = 1; id <= 20; id++) {
      using rude = await agent.connect()
      rude.send(call('guest-ping').repeat(id))
      await rude.close()
      using polite = await agent.connect()
      polite.send(call('guest-sync', { id }))
      expect(await polite.line()).toBe(`{"return": ${id}}`)
    }
    expect(await agent.stop()).toBe(0)
  },
  TIMEOUT_MS,
)
