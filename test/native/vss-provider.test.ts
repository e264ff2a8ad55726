// SPDX-License-Identifier: Apache-2.0
/** The provider's library, loaded and called under Wine as VSS does it, by a program that the headers are compiled into. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { compileProvider } from '../../native/vss-provider/compile.ts'
import { PROTOCOL_VERSION } from '../../src/version.ts'
import { Scratch, SLOW_MS, until } from '../harness/program.ts'
import { hasTargets, VSS_PROVIDER } from '../harness/targets.ts'
import { CLIENT, compileCpp, hasCompiler, runIn } from '../harness/vss-double.ts'
import {
  driveZ,
  hasWine,
  startWine,
  stopWine,
  WINE_START_MS,
  WindowsProgram,
} from '../harness/wine.ts'

const SOURCES = resolve(import.meta.dir, '../../native/vss-provider')
/** For a library of the same sources that does not wait a minute. */
const SHORT_MS = 1500

describe.if(hasTargets && hasWine && hasCompiler)('the VSS provider', () => {
  const scratch = new Scratch()
  const client = scratch.file('client.exe')
  const short = scratch.file('short.dll')

  beforeAll(async () => {
    await startWine()
    compileCpp(client, [CLIENT])
    const options = [`-DHOLD_LIMIT_MS=${SHORT_MS}`]
    compileProvider({ output: short, version: '0', options })
  }, WINE_START_MS)

  afterAll(async () => {
    await stopWine()
    scratch[Symbol.dispose]()
  }, SLOW_MS)

  const start = (what: string, ...args: string[]) =>
    new WindowsProgram([client, what, ...args], scratch.file(`${what}.log`))

  test(
    'has three interfaces and no snapshots, and claims volumes only while the agent freezes',
    async () => {
      const ran = await runIn(scratch, 'i', client, 'interfaces', driveZ(VSS_PROVIDER))
      expect(ran.output.split('\n')).toEqual([
        'class objects: 80040111 00000000',
        'aggregated: 80040110',
        'made: 00000000',
        'software: 00000000',
        'set: 00000000',
        'notifications: 00000000',
        'hardware: 80004002',
        'one object: 1',
        'supported: 00000000 0 00000000 1',
        'snapshotted: 00000000 0 0',
        'properties: 80042308',
        'deleted: 00000000 0 1',
        'query: 00000000 00000001 0 00000001 00000000',
        'revert: 80004001',
        `order: ${Array(10).fill('00000000').join(' ')}`,
        'in use: 00000001',
        'not in use: 00000000',
        '',
      ])
    },
    SLOW_MS,
  )

  test(
    'says that it is frozen, and holds until the thaw',
    async () => {
      const committing = start('commit', driveZ(VSS_PROVIDER))
      await until('it commits', () => committing.output.includes('committing'))
      await runIn(scratch, 't', client, 'thaw', '300')
      await committing.exited
      expect(committing.output).toContain('without events: 80004005')
      const [, ms] = /committed: 00000000 after (\d+) ms/.exec(committing.output) ?? []
      expect(Number(ms)).toBeGreaterThan(250)
      expect(committing.output).toContain('frozen 1, timeout 0')
    },
    SLOW_MS,
  )

  test(
    'gives up after its limit, and says so',
    async () => {
      // A minute in the library that is shipped, which the client is compiled to insist on.
      const ran = await runIn(scratch, 'l', client, 'commit', driveZ(short))
      const [, ms] = /committed: 00000000 after (\d+) ms/.exec(ran.output) ?? []
      expect(Number(ms)).toBeGreaterThanOrEqual(SHORT_MS)
      expect(ran.output).toContain('frozen 1, timeout 1')
    },
    SLOW_MS,
  )

  test(
    'lets go at once when the agent has died',
    async () => {
      const joining = start('join', driveZ(VSS_PROVIDER))
      await until('it looks for the agent', () => joining.output.includes('without events'))
      const requester = start('requester', '300')
      // Long before the minute that it would wait for the thaw.
      await until('it has committed', () => joining.output.includes('committed: 00000000'))
      await requester.exited
    },
    SLOW_MS,
  )
})

test.if(hasTargets && hasCompiler)(
  'the provider’s library is the same, byte for byte, from two places',
  () => {
    using scratch = new Scratch()
    for (const place of ['one', 'another place/of/sources']) {
      const [sources, output] = [scratch.file(place), scratch.file(`${place}.dll`)]
      cpSync(SOURCES, sources, { recursive: true })
      compileProvider({ output, version: PROTOCOL_VERSION, sources })
      expect(readFileSync(output).equals(readFileSync(VSS_PROVIDER))).toBe(true)
    }
  },
  WINE_START_MS,
)
