// SPDX-License-Identifier: Apache-2.0
/** The built executable as an administrator meets it: command lines, daemons, files, processes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, type AgentStart, PLAIN_ENV, startAgent } from './agent.ts'
import { EXECUTABLE } from './executable.ts'
import { isRunning, processesWith } from './process-stat.ts'
import { RawClient } from './raw-client.ts'

const DEADLINE_MS = 20_000
/** For tests that start many processes or measure over a second. */
export const SLOW_MS = 60_000

/** A fresh directory that `using` removes, with all processes that were told its path. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), 'qga-'))

  file(name: string): string {
    return join(this.path, name)
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8')
  }

  /** The options that put all that the agent makes into this directory. */
  get options(): readonly string[] {
    const [socket, pidfile] = [this.file('s'), this.file('pid')]
    return ['-m', 'unix-listen', '-p', socket, '-t', this.path, '-f', pidfile]
  }

  [Symbol.dispose](): void {
    for (const pid of processesWith(this.path)) kill(pid)
    rmSync(this.path, { recursive: true, force: true })
  }
}

export interface Ended {
  readonly exitCode: number | null
  readonly signal: string | number | null
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command to its end. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const process = Bun.spawn([...command], {
    cwd: options.cwd ?? '/',
    env: options.env ?? PLAIN_ENV,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  const [stdout, stderr] = await Promise.all([process.stdout.text(), process.stderr.text()])
  await process.exited
  return { exitCode: process.exitCode, signal: process.signalCode ?? null, stdout, stderr }
}

/** Our agent, serving in a directory of its own. */
export function serving(start?: AgentStart, wrapper: readonly string[] = []): Promise<Agent> {
  return startAgent([...wrapper, EXECUTABLE], start)
}

/** Started with -d in a scratch directory, and ended with that. */
export class Daemon {
  readonly pid: number

  private constructor(pid: number) {
    this.pid = pid
  }

  static async start(
    scratch: Scratch,
    options: readonly string[] = [],
    { executable = EXECUTABLE, ...rest }: RunOptions & { executable?: string } = {},
  ): Promise<Daemon> {
    const ended = await run([executable, '-d', ...scratch.options, ...options], rest)
    if (ended.exitCode !== 0) throw new Error(`Cannot start the daemon: ${ended.stderr}`)
    const pid = Number(scratch.read('pid'))
    // To kill process 0 or 1 would be to kill ourselves.
    if (!(pid > 1)) throw new Error(`Cannot be a daemon's number: "${scratch.read('pid')}"`)
    return new Daemon(pid)
  }

  get isRunning(): boolean {
    return isRunning(this.pid)
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** Polls, for what another process does tells nobody. */
export async function until(
  claim: string,
  condition: () => unknown | Promise<unknown>,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Cannot wait any longer until ${claim}`)
    await Bun.sleep(2)
  }
}

/** The path appears a moment before a connection is accepted there. */
export function untilServed(socket: string): Promise<void> {
  return until('the agent serves', async () => {
    try {
      const client = await RawClient.connect(socket)
      await client.close()
      return true
    } catch {
      return false
    }
  })
}

export interface Reply {
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
}

/** Sends one request and reads its reply. */
export async function ask(client: RawClient, execute: string, args?: object): Promise<Reply> {
  client.send(Buffer.from(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`))
  return JSON.parse(await client.line()) as Reply
}

/** The result of a request, on a connection of its own. */
export async function call<T>(socket: string, execute: string, args?: object): Promise<T> {
  using client = await RawClient.connect(socket)
  const reply = await ask(client, execute, args)
  if (reply.error !== undefined) throw new Error(reply.error.desc)
  return reply.return as T
}

export interface Finished {
  readonly exited: boolean
  readonly exitcode?: number
  readonly 'out-data'?: string
  readonly 'out-truncated'?: boolean
}

/** The outcome of guest-exec, as soon as the program has ended. */
export async function finished(client: RawClient, args: object): Promise<Finished> {
  const started = await ask(client, 'guest-exec', args)
  if (started.error !== undefined) throw new Error(started.error.desc)
  let status: Finished = { exited: false }
  await until('the program has ended', async () => {
    const reply = await ask(client, 'guest-exec-status', started.return as object)
    status = reply.return as Finished
    return status.exited
  })
  return status
}

/** What a file holds, or why it is not told. */
export async function contentOf(client: RawClient, path: string): Promise<string> {
  const { return: handle, error } = await ask(client, 'guest-file-open', { path })
  if (error !== undefined) return error.desc
  const read = await ask(client, 'guest-file-read', { handle })
  await ask(client, 'guest-file-close', { handle })
  const { 'buf-b64': data } = read.return as { 'buf-b64': string }
  return Buffer.from(data, 'base64').toString()
}

/** A program's standard output, decoded. */
export async function outputOf(client: RawClient, path: string, ...arg: string[]): Promise<string> {
  const status = await finished(client, { path, arg, 'capture-output': true })
  return Buffer.from(status['out-data'] ?? '', 'base64').toString()
}

/** Lines of the agent's log, without their times. */
export function logLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d{10,}\.\d{6}: /, ''))
}
