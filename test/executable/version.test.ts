// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { version } from '../../package.json'
import { EXECUTABLE } from '../harness/executable.ts'
import { run } from '../harness/program.ts'

test.each(['--version', '-V'])('%s prints upstream’s version and ours', async (option) => {
  expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  expect(await run([EXECUTABLE, option])).toEqual({
    exitCode: 0,
    signal: null,
    stdout: `QEMU Guest Agent 11.1.0 (qga ${version})\n`,
    stderr: '',
  })
})

test('the executable knows no path of the machine that built it', () => {
  const bytes = readFileSync(EXECUTABLE)
  const checkout = resolve(import.meta.dir, '../..')
  for (const path of [checkout, `${homedir()}/`, '@koromix/', 'node_modules/koffi']) {
    const at = bytes.indexOf(path)
    // Bun's own virtual directory.
    const context = bytes.subarray(Math.max(0, at - 80), at + 120).toString('latin1')
    expect(at < 0 || context.includes('/$bunfs/root/') ? '' : context).toBe('')
  }
})
