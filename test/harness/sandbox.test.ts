// SPDX-License-Identifier: Apache-2.0
/** The sandbox refuses to start an agent that could reach the machine. */
import { describe, expect, test } from 'bun:test'
import { run, Scratch } from './program.ts'
import { hasSandbox, sandboxEnv, sandboxed } from './sandbox.ts'

/** @param spoil changes the script of the sandbox, as a mistake would */
async function start(spoil: (script: string) => string) {
  using scratch = new Scratch()
  const wrapper = sandboxed(scratch.path).map(spoil)
  return await run([...wrapper, 'echo', 'started'], { env: sandboxEnv(scratch.path) })
}

describe.if(hasSandbox)('the sandbox', () => {
  test('starts what it is given', async () => {
    expect(await start((script) => script)).toMatchObject({ exitCode: 0, stdout: 'started\n' })
  })

  test.each([
    ['programs', /^for directory in \/sbin \/usr\/sbin; do .*$/m, 'refused: /sbin/'],
    ['/sys', /^mount --rbind "\$D\/sys" .*$/m, 'refused: /sys is real'],
    ['/etc', /^mount --bind "\$D\/etc" .*$/m, 'refused: /etc is real'],
    ['capabilities', /--bounding-set=\S+ --inh-caps=-all/, 'refused: CAP_SYS_BOOT'],
    ['the clock', /,-sys_time/, 'refused: CAP_SYS_TIME'],
  ])('refuses when %s are not taken away', async (_, line, why) => {
    const ended = await start((script) => script.replace(line, ''))
    expect(ended.stderr).toContain(why)
    expect([ended.exitCode, ended.stdout]).toEqual([99, ''])
  })
})
