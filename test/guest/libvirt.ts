// SPDX-License-Identifier: Apache-2.0
/** libvirt and what is built on it, with our agent and with Debian's in the same guest. What works with that one has to work with ours. */
import { join } from 'node:path'
import { check, figure } from './checks.ts'
import { Domain } from './domain.ts'
import type { Image } from './image.ts'
import { LibvirtHost } from './libvirt-host.ts'
import { fetchCollections, makeTools, SCRIPTS } from './libvirt-scripts.ts'
import * as steps from './libvirt-steps.ts'

const STEPS: readonly steps.Step[] = [
  ...[...steps.ASKING, ...steps.FREEZING, ...steps.CLOCK, ...steps.PROCESSORS],
  ...[...steps.ACCOUNTS, ...SCRIPTS, ...steps.POWER],
]

interface Result {
  readonly value?: unknown
  readonly error?: Error
}

export async function libvirtTable(image: Image): Promise<void> {
  const start = performance.now()
  await using host = await LibvirtHost.start({
    kernel: image.kernel,
    initrd: image.initrd,
    'root.img': image.root,
    'tools.img': makeTools(),
    collections: fetchCollections(),
    'libvirt-api.py': join(import.meta.dir, 'libvirt-api.py'),
  })
  const [ours, theirs] = await Promise.all([
    resultsOf(host, 'qga-guest', ''),
    resultsOf(host, 'c-guest', 'only=reference'),
  ])
  console.log('| client | qemu-ga 7.2.22 | qga |\n|---|---|---|')
  for (const [at, { name, agrees = Bun.deepEquals }] of STEPS.entries()) {
    const [our, their] = [ours[at], theirs[at]] as [Result, Result]
    console.log(`| \`${name}\` | ${their.error?.message ?? 'passes'} | ${our.error?.message ?? 'passes'} |`)
    await check(name, async () => {
      if (their.error !== undefined) throw their.error
      if (our.error !== undefined) throw our.error
      if (!agrees(our.value, their.value)) throw new Error(`${JSON.stringify(our.value)}\n${JSON.stringify(their.value)}`)
    })
  }
  figure(`libvirt: ${((performance.now() - start) / 1000).toFixed(0)} s`)
}

async function resultsOf(host: LibvirtHost, name: string, append: string): Promise<Result[]> {
  const guest = await Domain.create(host, name, append)
  await guest.up()
  const results: Result[] = []
  for (const { run, name: step } of STEPS) {
    const t = performance.now()
    const r = await run(guest).then((value): Result => ({ value }), (error): Result => ({ error }))
    results.push(r)
    console.log(name, step, Math.round(performance.now()-t), r.error?.message ?? '')
  }
  return results
}
