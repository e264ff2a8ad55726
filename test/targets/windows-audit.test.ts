// SPDX-License-Identifier: Apache-2.0
/** The audit on Windows. Wine keeps no Event Log: what is reported to it is seen in Wine's own messages. */
import { describe, expect, test } from 'bun:test'
import { ask, Scratch, SLOW_MS, until } from '../harness/program.ts'
import { RawClient } from '../harness/raw-client.ts'
import { hasTargets } from '../harness/targets.ts'
import { startWindowsAgent } from '../harness/windows-agent.ts'
import { driveZ, hasWine } from '../harness/wine.ts'
import { wineForAll } from '../harness/wine-for-all.ts'

describe.if(hasTargets && hasWine)('on Windows', () => {
  wineForAll()

  test(
    'what changes the guest is an event with its outcome, polls are none',
    async () => {
      using scratch = new Scratch()
      const agent = await startWindowsAgent(scratch, 'audit', [], '+eventlog')
      using client = await RawClient.connect(agent.port)
      const path = driveZ(scratch.file('file'))
      for (let i = 0; i < 10; i++) await ask(client, 'guest-ping')
      const { return: handle } = await ask(client, 'guest-file-open', { path, mode: 'w' })
      await ask(client, 'guest-file-write', { handle, 'buf-b64': 'c2VjcmV0' })
      await ask(client, 'guest-exec', { path: 'C:\\none.exe', env: ['A=secret'] })
      // Wine writes texts as C does, up to some three hundred characters.
      const events = () => agent.program.output.replace(/\\([\\"])/g, '$1')
      const quoted = path.replaceAll('\\', '\\\\')
      for (const line of [
        `guest-file-open, arguments: {"path": "${quoted}", "mode": "w"}, result: 1000`,
        'guest-file-write, arguments: {"handle": 1000, "buf-b64": "(not logged)"}, result: {"count": 6, "eof": false}',
        'guest-exec, arguments: {"path": "C:\\\\none.exe", "env": "(not logged)"}, error: GenericError: ',
      ]) {
        await until('the event is there', () => events().includes(`audit: ${line}`))
      }
      expect(agent.program.output).not.toContain('guest-ping')
      expect(agent.program.output).not.toContain('secret')
      agent.kill()
    },
    SLOW_MS,
  )
})
