// SPDX-License-Identifier: Apache-2.0
/** `bun run bench`: two agents in turns on one core, every answer checked, one table. */
import { randomFillSync } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLAIN_ENV } from '../test/harness/agent.ts'
import { buildListener } from './build-listener.ts'
import { Inbox } from './client.ts'
import { Results, type Side } from './figure.ts'
import { newMemory } from './new-memory.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import { pinned } from './pin.ts'
import { runRound, type Setup } from './round.ts'
import { withoutSyslog } from './stub-syslog.ts'
import { measureSystem } from './system.ts'
import { listOfMisses, table } from './table.ts'
import { pingTargets, TARGETS } from './targets.ts'
import { misses } from './verdict.ts'
import { MIB } from './workload.ts'

const SOURCE_BYTES = 64 * MIB
const SHORT_EFFORT = 0.4
const STARTS = 10

async function main(): Promise<number> {
  const options = parseOptions(Bun.argv.slice(2))
  if (options.isHelp) {
    console.log(USAGE)
    return 0
  }
  const status = await pinned()
  if (status !== undefined) return status
  const directory = mkdtempSync(join(tmpdir(), 'qga-bench-'))
  try {
    return report(options, await measure(options, directory))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measure(options: Options, directory: string): Promise<Results> {
  const setup = await setUp(options, directory)
  const results = new Results()
  results.add('agent', [newMemory()])
  for (let round = 1; round <= options.rounds; round++) {
    const order: readonly Side[] = round % 2 === 1 ? ['against', 'agent'] : ['agent', 'against']
    const isLong = !options.isShort && round === options.rounds
    const told = { ...setup, report: (what: string) => setup.report(`round ${round}: ${what}`) }
    await runRound(told, order, results, isLong)
  }
  if (options.isSystem) await measureSystem(setup, results)
  results.add('agent', [newMemory()])
  return results
}

async function setUp(options: Options, directory: string): Promise<Setup> {
  const listener = join(directory, 'listener')
  await buildListener(listener)
  // A copy: nobody else runs it, so its pages can be evicted, and a build meanwhile changes nothing.
  const [executable = '', ...args] = options.agent
  const copy = join(directory, 'agent')
  copyFileSync(executable, copy)
  const source = randomFillSync(Buffer.allocUnsafe(SOURCE_BYTES))
  const sourcePath = join(directory, 'source')
  writeFileSync(sourcePath, source)
  return {
    commands: { agent: [copy, ...args], against: options.against },
    listener: [listener],
    start: {
      agent: { env: PLAIN_ENV },
      against: options.isSyslogStubbed ? withoutSyslog(directory) : { env: PLAIN_ENV },
    },
    starts: options.isShort ? STARTS / 2 : STARTS,
    inbox: new Inbox(),
    report: (what) => console.error(what),
    directory,
    source,
    sourcePath,
    effort: options.isShort ? SHORT_EFFORT : 1,
  }
}

/** Prints; @returns the exit status */
function report(options: Options, results: Results): number {
  const rows = results.rows()
  const missed = misses(rows, [...pingTargets(options.isSyslogStubbed), ...TARGETS])
  if (options.isJson) console.log(JSON.stringify({ rows, missed }, null, 2))
  else console.log(`${table(rows)}\n\n${listOfMisses(missed)}`)
  return options.isGate && missed.some(({ isFar, isJudged }) => isFar && isJudged) ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  // A wrong answer is no noise: 1 is for figures.
  console.error(error)
  process.exitCode = 2
}
