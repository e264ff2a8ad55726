// SPDX-License-Identifier: Apache-2.0
/** The host's end of a pseudo-terminal, which an agent takes for a serial line. */
import { join } from 'node:path'
import type { Subprocess } from 'bun'

export class TerminalHost {
  readonly #process: Subprocess<'pipe', 'pipe', 'inherit'>
  readonly #chunks: AsyncIterator<Uint8Array>
  #unread = ''

  private constructor(process: Subprocess<'pipe', 'pipe', 'inherit'>) {
    this.#process = process
    this.#chunks = process.stdout[Symbol.asyncIterator]()
  }

  /** @param link where the terminal is to be found; `raw` when it is nothing but a device */
  static async start(link: string, ...mode: 'raw'[]): Promise<TerminalHost> {
    const script = join(import.meta.dir, 'pty.py')
    const host = new TerminalHost(
      Bun.spawn(['python3', script, link, ...mode], {
        stdin: 'pipe',
        stdout: 'pipe',
        stderr: 'inherit',
      }),
    )
    await host.line()
    return host
  }

  send(text: string): void {
    this.#process.stdin.write(text)
    void this.#process.stdin.flush()
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#unread.indexOf('\n')
      if (end >= 0) {
        const line = this.#unread.slice(0, end)
        this.#unread = this.#unread.slice(end + 1)
        return line
      }
      const { value, done } = await this.#chunks.next()
      if (done) throw new Error('Cannot read on: the terminal has gone')
      this.#unread += Buffer.from(value).toString('latin1')
    }
  }

  /** Takes the terminal away, and puts another in its place. */
  async again(): Promise<void> {
    this.send('again\n')
    await this.line()
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL')
  }
}
