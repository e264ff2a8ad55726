// SPDX-License-Identifier: Apache-2.0
/** Starts an agent, ours or another, on a fresh directory and a unix socket in it. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawClient } from './raw-client.ts'

export interface AgentStart {
  /** Options after `-m unix-listen -p DIR/s -t DIR`. */
  readonly options?: readonly string[]
  /** The whole environment; a PATH without surprises when absent. */
  readonly env?: Readonly<Record<string, string>>
  /** An existing directory, which stays; a fresh one, which goes with the agent, when absent. */
  readonly directory?: string
}

const START_MS = 20_000
const STOP_MS = 20_000
export const PLAIN_ENV = { PATH: '/usr/bin:/bin', LANG: 'C' }

/** Started and listening. `using` kills it and removes its directory. */
export class Agent {
  readonly directory: string
  readonly socket: string
  readonly #process: Bun.Subprocess
  readonly #ownsDirectory: boolean

  constructor(command: readonly string[], start: AgentStart = {}) {
    this.#ownsDirectory = start.directory === undefined
    this.directory = start.directory ?? mkdtempSync(join(tmpdir(), 'qga-'))
    this.socket = join(this.directory, 's')
    const stderr = openSync(this.#stderrPath, 'a')
    try {
      this.#process = Bun.spawn({
        cmd: [
          ...command,
          ...['-m', 'unix-listen', '-p', this.socket, '-t', this.directory],
          ...(start.options ?? []),
        ],
        cwd: this.directory,
        env: start.env ?? PLAIN_ENV,
        stdin: 'ignore',
        stdout: stderr,
        stderr,
      })
    } catch (error) {
      if (this.#ownsDirectory) rmSync(this.directory, { recursive: true, force: true })
      throw error
    } finally {
      closeSync(stderr)
    }
  }

  get pid(): number {
    return this.#process.pid
  }

  get #stderrPath(): string {
    return join(this.directory, '.stderr')
  }

  /** What it printed so far, on stdout too. */
  stderr(): string {
    return readFileSync(this.#stderrPath, 'latin1')
  }

  /** A connection, as soon as the agent listens. */
  async connect(): Promise<RawClient> {
    const deadline = performance.now() + START_MS
    for (;;) {
      try {
        return await RawClient.connect(this.socket)
      } catch (cause) {
        const hasEnded = this.#process.exitCode !== null || this.#process.signalCode !== null
        if (hasEnded || performance.now() > deadline) {
          throw new Error(`Cannot reach the agent: ${this.stderr()}`, { cause })
        }
        // Nothing tells when another process listens: asking again is the only way.
        await Bun.sleep(2)
      }
    }
  }

  /** SIGTERM; resolves with the exit status, or the signal that ended it. */
  async stop(): Promise<number | string> {
    this.#process.kill('SIGTERM')
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
    await this.#process.exited
    clearTimeout(killer)
    return this.#process.exitCode ?? this.#process.signalCode ?? 'nothing'
  }

  /** The reference agent can lock itself up when SIGTERM comes at a bad moment. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#process.exited
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL')
    if (this.#ownsDirectory) rmSync(this.directory, { recursive: true, force: true })
  }
}

/** @param command the executable, and arguments that go before the usual ones */
export async function startAgent(command: readonly string[], start?: AgentStart): Promise<Agent> {
  const agent = new Agent(command, start)
  try {
    const probe = await agent.connect()
    await probe.close()
    return agent
  } catch (error) {
    agent[Symbol.dispose]()
    throw error
  }
}
