// SPDX-License-Identifier: Apache-2.0
/** The Windows executable under Wine with a VSS that is played, and with its own provider registered there. */
import { afterAll, beforeAll } from 'bun:test'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { ask, type Reply, Scratch, SLOW_MS, until } from './program.ts'
import { RawClient } from './raw-client.ts'
import { WINDOWS_X64 } from './targets.ts'
import { runIn, VssDouble } from './vss-double.ts'
import { startWindowsAgent, type WindowsAgent } from './windows-agent.ts'
import { startWine, stopWine, WINE_START_MS, windowsPath } from './wine.ts'

/** Where the executable is installed, with the provider beside it. */
export const INSTALLED = 'C:\\qga\\qga.exe'
const REPLY_MS = 60_000

/** A guest with an agent, for all tests of a block. */
export function freezingGuestForAll(): {
  readonly scratch: Scratch
  readonly guest: FreezingGuest
} {
  const scratch = new Scratch()
  let guest: FreezingGuest | undefined
  beforeAll(async () => {
    guest = await FreezingGuest.start(scratch)
    await guest.startAgent()
  }, WINE_START_MS)
  afterAll(async () => {
    await guest?.stop()
    scratch[Symbol.dispose]()
  }, SLOW_MS)
  return {
    scratch,
    get guest() {
      if (guest === undefined) throw new Error('Cannot freeze: the guest was not started')
      return guest
    },
  }
}

export class FreezingGuest {
  readonly vss: VssDouble
  readonly #scratch: Scratch
  #agent: WindowsAgent | undefined
  #client: RawClient | undefined
  #starts = 0

  private constructor(scratch: Scratch, vss: VssDouble) {
    this.#scratch = scratch
    this.vss = vss
  }

  /** Starts Wine; the provider is registered, and no agent runs yet. */
  static async start(scratch: Scratch): Promise<FreezingGuest> {
    await startWine()
    rmSync(windowsPath('qga'), { recursive: true, force: true })
    mkdirSync(windowsPath('qga'))
    cpSync(WINDOWS_X64, windowsPath('qga/qga.exe'))
    const guest = new FreezingGuest(scratch, await VssDouble.install(scratch))
    await guest.install('vss-install')
    return guest
  }

  /** @returns what it printed @throws Error when it fails */
  async install(command: 'vss-install' | 'vss-uninstall'): Promise<string> {
    const { exitCode, output } = await this.run(INSTALLED, '-s', command)
    if (exitCode !== 0) throw new Error(output)
    return output
  }

  run(...command: string[]) {
    return runIn(this.#scratch, `run-${++this.#starts}.log`, ...command)
  }

  async startAgent(...options: string[]): Promise<void> {
    const name = `agent-${++this.#starts}`
    this.#agent = await startWindowsAgent(this.#scratch, name, ['-v', ...options])
    this.#client = await RawClient.connect(this.#agent.port)
  }

  /** As a crash does. */
  killAgent(): void {
    this.#client?.[Symbol.dispose]()
    this.#agent?.kill()
  }

  get log(): string {
    return this.#agent?.program.output ?? ''
  }

  send(execute: string, args: object = {}): void {
    this.#connection.send(`${JSON.stringify({ execute, arguments: args })}\n`)
  }

  async reply(): Promise<Reply> {
    return JSON.parse(await this.#connection.line(REPLY_MS))
  }

  /** The result, or `error: ` and the words of one. */
  async call(execute: string, args: object = {}): Promise<unknown> {
    const { error, return: result } = await ask(this.#connection, execute, args)
    return error === undefined ? result : `error: ${error.desc}`
  }

  /** Waits until VSS has all of its objects back; whatever it was told was told in its order. */
  async allGivenBack(): Promise<void> {
    await until('all is given back', () => this.vss.leaked.length === 0)
    const strange = this.vss.notes.filter((note) => /UNEXPECTED|BAD STATE/.test(note))
    if (strange.length > 0) throw new Error(strange.join('; '))
  }

  async stop(): Promise<void> {
    this.killAgent()
    await this.install('vss-uninstall')
    await this.vss.remove()
    await stopWine()
  }

  get #connection(): RawClient {
    if (this.#client === undefined) throw new Error('Cannot ask: no agent was started')
    return this.#client
  }
}
