// SPDX-License-Identifier: Apache-2.0
/** Rules on Windows, where those that need a name to be looked up end the start, and the agent's own files. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ask, Scratch, SLOW_MS, until } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import { refusal } from '../harness/refusal.ts'
import { hasTargets, WINDOWS_X64 } from '../harness/targets.ts'
import { startWindowsAgent } from '../harness/windows-agent.ts'
import {
  driveZ,
  hasWine,
  startWine,
  stopWine,
  WINE_START_MS,
  WindowsProgram,
} from '../harness/wine.ts'

describe.if(hasTargets && hasWine)('on Windows', () => {
  beforeAll(startWine, WINE_START_MS)
  afterAll(stopWine, SLOW_MS)

  test.each(['allow-file-read', 'allow-file-write', 'allow-exec'])(
    '%s ends the start with one line',
    async (key) => {
      using scratch = new Scratch()
      const command = [WINDOWS_X64, `--${key}=/x`]
      const agent = new WindowsProgram(command, scratch.file('output'))
      expect(await agent.exited).toBe(1)
      expect(agent.output.trim().split('\n')).toEqual([
        expect.stringContaining(
          `option '--${key}' has the value '/x': this key is not supported on this system`,
        ),
      ])
    },
    SLOW_MS,
  )

  test(
    'allow-users holds; log and state are opened',
    async () => {
      using scratch = new Scratch()
      const log = scratch.file('agent.log')
      const options = ['--allow-users=somebody', '-v', '-l', driveZ(log)]
      const agent = await startWindowsAgent(scratch, 'rules', options)
      using client = await RawClient.connect(agent.port)
      const args = { username: 'other', password: 'eA==', crypted: false }
      expect(await ask(client, 'guest-set-user-password', args)).toEqual(
        refusal('guest-set-user-password', "'other' is not in allow-users"),
      )
      const { return: handle } = await ask(client, 'guest-file-open', {
        path: driveZ(scratch.file('new')),
        mode: 'w',
      })
      expect(handle).toBe(1000)
      await until('it is logged', () => scratch.read('agent.log').includes('guest-file-open'))
      expect(scratch.read('qga.state')).toContain('fd_counter=1001')
      agent.kill()
    },
    SLOW_MS,
  )
})
