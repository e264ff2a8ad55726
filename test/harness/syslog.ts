// SPDX-License-Identifier: Apache-2.0
/** A system log for one agent. The machine's own /dev/log is never touched: see with-syslog.sh. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needs } from './needs.ts'
import { type Scratch, until } from './program.ts'

export const hasSyslog = needs('root') && needs('unshare') && needs('python3')

export class Syslog {
  readonly #scratch: Scratch
  readonly #receiver: Bun.Subprocess

  private constructor(scratch: Scratch, receiver: Bun.Subprocess) {
    this.#scratch = scratch
    this.#receiver = receiver
  }

  /** @param isDeaf it takes datagrams until its queue is full, and reads none */
  static async start(scratch: Scratch, { isDeaf = false } = {}): Promise<Syslog> {
    const script = join(import.meta.dir, 'syslog.py')
    const file = isDeaf ? [] : [scratch.file('syslog.txt')]
    const receiver = Bun.spawn(['python3', script, scratch.file('syslog'), ...file])
    await until('the system log is there', () => existsSync(scratch.file('syslog')))
    return new Syslog(scratch, receiver)
  }

  /** What goes before the command line of an agent that is to have this log. */
  get wrapper(): readonly string[] {
    const script = join(import.meta.dir, 'with-syslog.sh')
    const [directory, socket] = [this.#scratch.file('dev'), this.#scratch.file('syslog')]
    return ['unshare', '-m', 'sh', script, directory, socket]
  }

  get text(): string {
    const path = this.#scratch.file('syslog.txt')
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  /** The messages, without what stands before each. */
  get messages(): readonly string[] {
    const lines = this.text.split('\n').slice(0, -1)
    return lines.map((line) => line.replace(/^<14>\w{3} [ \d]\d \d\d:\d\d:\d\d [^ ]+: /, ''))
  }

  /** Those that upstream has too. */
  get upstreams(): readonly string[] {
    return this.messages.filter((message) => !message.startsWith('info: audit: '))
  }

  /** What was done and what came of it. */
  get audit(): readonly string[] {
    const start = 'info: audit: '
    return this.messages.flatMap((line) =>
      line.startsWith(start) ? [line.slice(start.length)] : [],
    )
  }

  /** The socket stays, and nobody is behind it. */
  async die(): Promise<void> {
    this.#receiver.kill('SIGKILL')
    await this.#receiver.exited
  }

  [Symbol.dispose](): void {
    this.#receiver.kill('SIGKILL')
  }
}
