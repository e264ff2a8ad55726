// SPDX-License-Identifier: Apache-2.0
/**
 * Records the transcripts of a reference agent, by hand:
 * `bun test/conformance/record.ts /path/to/qemu-ga [topic…]`
 */
import { play } from './play.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/all.ts'
import { formatTranscript } from './transcript.ts'
import { transcriptUrl } from './transcripts.ts'
import { versionOf } from './version.ts'

async function record(scenario: Scenario, command: string, version: string): Promise<void> {
  const played = await play(scenario, [command], 'SIGKILL')
  const how = [
    ...Object.entries(scenario.env ?? {}).map(([name, value]) => `${name}=${value}`),
    'qemu-ga -m unix-listen -p @DIR@/s -t @DIR@',
    ...(scenario.options ?? []),
  ]
  const head = [
    `qemu-ga ${version}: ${how.join(' ')}`,
    'Behind every block went {"execute":"no-such-command","id":N} and a newline, N from 7000001 on;',
    'that reply is left out. \\xNN is a byte; @…@ stands for what varies.',
  ]
  await Bun.write(
    transcriptUrl(scenario.topic, version),
    formatTranscript({ head, entries: played }),
  )
}

if (import.meta.main) {
  const [command, ...topics] = process.argv.slice(2)
  if (command === undefined) throw new Error('Which agent?')
  const version = versionOf([command])
  for (const scenario of scenarios) {
    if (topics.length > 0 && !topics.includes(scenario.topic)) continue
    if (scenario.only !== undefined && scenario.only !== version) continue
    await record(scenario, command, version)
    console.log(scenario.topic)
  }
}
