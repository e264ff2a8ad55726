// SPDX-License-Identifier: Apache-2.0
/** libvirt and what is built on it, with our agent and with Debian's in the same guest. What works with that one has to work with ours. */
import { expect } from 'bun:test'
import { join } from 'node:path'
import { check, figure } from './checks.ts'
import { type Image, sh } from './image.ts'
import { ASKING } from './libvirt/asking.ts'
import { ACCOUNTS, CLOCK, POWER, PROCESSORS } from './libvirt/changes.ts'
import { Domain } from './libvirt/domain.ts'
import { FREEZING } from './libvirt/freezing.ts'
import { LibvirtHost } from './libvirt/host.ts'
import { fetchCollections, makeTools, SCRIPTS } from './libvirt/scripts.ts'
import type { Step } from './libvirt/step.ts'
import { document, documentedTable, type Row, render } from './libvirt/table.ts'

const STEPS = [ASKING, FREEZING, CLOCK, PROCESSORS, ACCOUNTS, SCRIPTS, POWER].flat()
const PACKAGES = ['libvirt-daemon', 'python3-libvirt', 'ansible-core', 'qemu-guest-agent']

interface Result {
  readonly value?: unknown
  readonly error?: Error
  readonly tookMs: number
}

interface Outcome {
  readonly bootedMs: number
  readonly results: readonly Result[]
}

/** @param isToBeWritten the table goes to docs/clients.md, where else it is compared */
export async function libvirtTable(image: Image, isToBeWritten = false): Promise<void> {
  const start = performance.now()
  const { ours, theirs } = await bothGuests(image)
  const rows: Row[] = []
  for (const [at, step] of STEPS.entries()) {
    rows.push(await row(step, ours.results[at] as Result, theirs.results[at] as Result))
  }
  const table = render(rows)
  console.log(table)
  if (isToBeWritten) document(table)
  await check('docs/clients.md has this table', async () => {
    expect(documentedTable()).toBe(table)
  })
  for (const name of PACKAGES) figure(sh(['dpkg-query', '-W', name]).trim().replace('\t', ' '))
  tellTimes(ours, theirs)
  figure(`libvirt: ${STEPS.length} steps, ${seconds(performance.now() - start)} in all`)
}

/** Of a machine that others use too, and with all that a client does between two requests. */
function tellTimes(ours: Outcome, theirs: Outcome): void {
  figure(`booted: ${seconds(ours.bootedMs)}, with the C agent ${seconds(theirs.bootedMs)}`)
  const times = STEPS.map(({ name }, at) => ({
    name,
    ourMs: ours.results[at]?.tookMs ?? 0,
    theirMs: theirs.results[at]?.tookMs ?? 0,
  }))
  for (const { name, ourMs, theirMs } of times.toSorted((a, b) => b.ourMs - a.ourMs).slice(0, 10)) {
    figure(`${name}: ${seconds(ourMs)}, with the C agent ${seconds(theirMs)}`)
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

async function bothGuests(image: Image): Promise<Readonly<Record<'ours' | 'theirs', Outcome>>> {
  await using host = await LibvirtHost.start({
    kernel: image.kernel,
    initrd: image.initrd,
    'root.img': image.root,
    'tools.img': makeTools(),
    collections: fetchCollections(),
    'api.py': join(import.meta.dir, 'libvirt/api.py'),
    'events.py': join(import.meta.dir, 'libvirt/events.py'),
  })
  const [ours, theirs] = await Promise.all([
    live(host, 'qga-guest', ''),
    live(host, 'c-guest', 'only=reference'),
  ])
  return { ours, theirs }
}

/** The life of a guest, step by step; one that fails does not keep the next from being tried. */
async function live(host: LibvirtHost, name: string, append: string): Promise<Outcome> {
  const start = performance.now()
  const guest = await Domain.create(host, name, append)
  await guest.up()
  const bootedMs = performance.now() - start
  // Or the guests would differ in an address.
  await guest.until('the guest has an address of its router', async () =>
    (await guest.virsh('domifaddr', '--source', 'agent')).includes('fec0:'),
  )
  const results: Result[] = []
  for (const { run } of STEPS) results.push(await timed(() => run(guest)))
  return { bootedMs, results }
}

async function timed(run: () => Promise<unknown>): Promise<Result> {
  const start = performance.now()
  const tookMs = () => performance.now() - start
  return run().then(
    (value) => ({ value, tookMs: tookMs() }),
    (error: Error) => ({ error, tookMs: tookMs() }),
  )
}

async function row({ name, run: _, newer }: Step, ours: Result, theirs: Result): Promise<Row> {
  let compared = 'differ'
  await check(name, async () => {
    // Or the table would say nothing.
    if (theirs.error !== undefined) throw new Error(`The C agent fails: ${theirs.error.message}`)
    if (ours.error !== undefined) throw ours.error
    if (newer === undefined) expect(ours.value).toEqual(theirs.value)
    else newer.expect(ours.value as never, theirs.value as never)
    compared = newer?.note ?? 'the same'
  })
  const passesWithTheirs = theirs.error === undefined
  return { name, passesWithTheirs, passesWithOurs: ours.error === undefined, compared }
}
