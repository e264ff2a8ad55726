// SPDX-License-Identifier: Apache-2.0
/** `qga cp`: which end is where, what can be done there, and what the user is told. */
import { parseArgs } from 'node:util'
import { UsageError } from './arguments.ts'
import { Client } from './client.ts'
import { COMMON, EXIT, help, parseTimeout, socketPath } from './common.ts'
import { type Copied, copy, Mismatch, type Source, type Target } from './copy.ts'
import { GuestEnd } from './guest-end.ts'
import { HostFile } from './host-file.ts'
import { jsonLine } from './print.ts'
import { ProgressBar } from './progress.ts'

const GUEST = 'guest:'
/** For one request: a guest that is that slow has hung. */
const TIMEOUT_MS = 60_000

interface Order {
  readonly host: string
  readonly guest: string
  readonly isToGuest: boolean
  readonly isResumed: boolean
  readonly isQuiet: boolean
}

/** @returns the exit code */
export async function copyCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      ...COMMON,
      quiet: { type: 'boolean', short: 'q' },
      resume: { type: 'boolean' },
      timeout: { type: 'string' },
    },
    allowPositionals: true,
  })
  if (values.help) return help()
  const ends = parseEnds(positionals)
  if (values.resume && ends.host === '-') throw new UsageError('- cannot be resumed')
  if (values.json && ends.host === '-' && !ends.isToGuest) {
    throw new UsageError('--json and the file cannot both go to our standard output')
  }
  const order = { ...ends, isResumed: values.resume === true, isQuiet: values.quiet === true }
  const timeoutMs = parseTimeout(values.timeout, TIMEOUT_MS)
  using client = await Client.connect(socketPath(values.path))
  const startedAt = performance.now()
  const end = await GuestEnd.look(client, order.guest, timeoutMs)
  const copied = await (order.isToGuest ? toGuest(end, order) : toHost(end, order))
  const seconds = Math.round(performance.now() - startedAt) / 1000
  if (values.json) process.stdout.write(jsonLine({ ...copied, seconds }))
  return EXIT.ok
}

function parseEnds(paths: readonly string[]): Pick<Order, 'host' | 'guest' | 'isToGuest'> {
  const [source, target, ...more] = paths
  if (source === undefined || target === undefined || more.length > 0) {
    throw new UsageError('write one SOURCE and one TARGET')
  }
  const isToGuest = target.startsWith(GUEST)
  if (source.startsWith(GUEST) === isToGuest) {
    throw new UsageError('one of SOURCE and TARGET is in the guest: write guest:/path')
  }
  const [host, guest] = isToGuest ? [source, target] : [target, source]
  if (host === '' || guest === GUEST) throw new UsageError('a path is empty')
  return { host, guest: guest.slice(GUEST.length), isToGuest }
}

async function toGuest(end: GuestEnd, order: Order): Promise<Copied> {
  await using source = await HostFile.source(order.host)
  await using target = await end.target(order.isResumed)
  note(order, end.remark('target'))
  return await carry(source, target, end, order, (count) => source.chunks(0, count))
}

async function toHost(end: GuestEnd, order: Order): Promise<Copied> {
  await using source = await end.source()
  await using target = await HostFile.target(order.host, order.isResumed)
  note(order, end.remark('source'))
  return await carry(source, target, end, order, (count) => target.chunks(0, count))
}

async function carry(
  source: Source,
  target: Target & { readonly isKept: boolean },
  end: GuestEnd,
  order: Order,
  hostChunks: (count: number) => AsyncIterable<Uint8Array>,
): Promise<Copied> {
  const { signal, [Symbol.dispose]: release } = interruptible()
  let written = 0
  try {
    using bar = isShown(order) ? new ProgressBar(source.size) : undefined
    return await copy({
      source,
      target,
      hostChunks,
      guestDigest: (count) => end.digest(signal, count),
      signal,
      onProgress: (done) => {
        written = done
        bar?.update(done)
      },
    })
  } catch (error) {
    if (written > 0 && target.isKept) {
      const use = error instanceof Mismatch ? '' : ': the same command with --resume goes on there'
      process.stderr.write(`qga cp: "${target.name}" stays${use}\n`)
    }
    throw error
  } finally {
    release()
  }
}

/** The first Ctrl-C ends the copy in order, the second one us. */
function interruptible(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, stop)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, stop)
    },
  }
}

function isShown({ isQuiet }: Order): boolean {
  return !isQuiet && process.stderr.isTTY
}

function note({ isQuiet }: Order, text: string | undefined): void {
  if (!isQuiet && text !== undefined) process.stderr.write(`qga cp: ${text}\n`)
}
