// SPDX-License-Identifier: Apache-2.0
/**
 * Records what a reference agent answers to mutated inputs, by hand:
 * `bun test/conformance/record-mutations.ts /path/to/qemu-ga`
 */
import { startAgent } from '../harness/agent.ts'
import { endMarker, isEnd, mutations, RESUME } from './mutations.ts'
import { versionOf } from './version.ts'

const COUNT = 400
const SEED = 20

const [command] = process.argv.slice(2)
if (command === undefined) throw new Error('Which agent?')
using agent = await startAgent([command])
using client = await agent.connect()
const records: string[] = []
for (const [n, input] of mutations(COUNT, SEED).entries()) {
  client.send(input + RESUME + endMarker(n))
  const replies = await client.linesBefore((line) => isEnd(line, n))
  records.push(JSON.stringify({ input, replies }))
}
const name = `mutated-${versionOf([command])}.jsonl`
await Bun.write(
  new URL(`../fixtures/linux/wire/${name}`, import.meta.url),
  `${records.join('\n')}\n`,
)
await agent.kill()
