// SPDX-License-Identifier: Apache-2.0
/** The tests of bindings and handlers, run by Bun for Windows under Wine. */
import { describe, expect, test } from 'bun:test'
import { Scratch } from '../harness/program.ts'
import { hasTargets } from '../harness/targets.ts'
import { hasWine, runWindows, windowsTests } from '../harness/wine.ts'
import { wineForAll } from '../harness/wine-for-all.ts'

const TESTS = ['test/platform/windows', 'test/native/windows-bindings', 'test/native/access-list']
const INSIDE_MS = 300_000

describe.if(hasTargets && hasWine)('inside Wine', () => {
  wineForAll()

  test(
    'bindings and handlers do what their tests say',
    async () => {
      using scratch = new Scratch()
      const command = windowsTests(...TESTS)
      const { exitCode, output } = await runWindows(command, scratch.file('output'))
      expect(output).toContain('a service is made, changed, told of and deleted')
      expect(output).toMatch(/^ 0 fail$/m)
      expect(output).not.toMatch(/^ \d+ skip$/m)
      expect(exitCode).toBe(0)
    },
    INSIDE_MS,
  )
})
