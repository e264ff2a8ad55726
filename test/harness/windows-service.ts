// SPDX-License-Identifier: Apache-2.0
/** The Windows executable as an administrator meets it under Wine, and its port: a terminal of the usual name. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { call, Scratch, until } from './program.ts'
import { WINDOWS_X64 } from './targets.ts'
import { devicePath, runWindows, startWine, windowsPath } from './wine.ts'

/** Programs start slowly under Wine, and there are many. */
export const SERVICE_MS = 300_000
/** Where it is installed, as Linux sees it. */
export const INSTALLED = windowsPath('Program Files/qga')

const LINK = devicePath('Global\\org.qemu.guest_agent.0')
const SERVICE_KEY = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\qemu-ga'
const TERMINAL = join(import.meta.dir, '../targets/terminal.py')

export class WindowsService {
  readonly scratch = new Scratch()
  #terminal: Bun.Subprocess | undefined
  #runs = 0

  /** What the host connects to. */
  get socket(): string {
    return this.scratch.file('port')
  }

  run(...command: string[]) {
    return runWindows(command, this.scratch.file(`${++this.#runs}.txt`))
  }

  qga(...args: string[]) {
    return this.run(WINDOWS_X64, ...args)
  }

  /** The port comes. */
  async plugIn(): Promise<void> {
    this.#terminal = Bun.spawn(['python3', TERMINAL, LINK, this.socket])
    await until('the port is there', () => existsSync(this.socket))
  }

  unplug(): void {
    this.#terminal?.kill()
    for (const path of [LINK, this.socket]) rmSync(path, { force: true })
  }

  /** Resolves when the agent has answered. */
  async answers(): Promise<void> {
    const id = 4711
    if ((await call(this.socket, 'guest-sync', { id })) !== id)
      throw new Error('Cannot be the answer to this question')
  }

  /** As the manager calls it; undefined when there is no such service. */
  async state(): Promise<string | undefined> {
    const { output } = await this.run('sc', 'query', 'qemu-ga')
    return /STATE\s+: \d+\s+(\w+)/.exec(output)?.[1]
  }

  async remove(): Promise<void> {
    this.unplug()
    await this.qga('uninstall')
  }

  /**
   * Starts Wine without what a run that was ended has left. Wine remembers a deleted service until the time of its
   * delayed start has come: it must not be there when Wine starts.
   */
  async startClean(): Promise<void> {
    await startWine()
    await this.remove()
    await this.run('reg', 'delete', SERVICE_KEY, '/f')
    await startWine()
  }
}
