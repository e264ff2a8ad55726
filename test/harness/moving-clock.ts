// SPDX-License-Identifier: Apache-2.0
/** A clock that jumps for one program and all that it starts; the machine's stays as it is. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { PLAIN_ENV } from './agent.ts'
import { needs } from './needs.ts'
import type { Scratch } from './program.ts'

const SOURCE = join(import.meta.dir, 'moving-clock.c')

export const canMoveClock = needs('cc')

export class MovingClock {
  readonly #library: string
  readonly #shift: string

  constructor(scratch: Scratch) {
    this.#library = scratch.file('moving-clock.so')
    this.#shift = scratch.file('shift')
    writeFileSync(this.#shift, new Uint8Array(8))
    const cc = ['cc', '-O2', '-shared', '-fPIC', '-o', this.#library, SOURCE]
    const { exitCode, stderr } = Bun.spawnSync(cc)
    if (exitCode !== 0) throw new Error(`Cannot build ${SOURCE}: ${stderr}`)
  }

  /** What a program has to be started with. */
  get env(): Readonly<Record<string, string>> {
    return { ...PLAIN_ENV, LD_PRELOAD: this.#library, CLOCK_SHIFT: this.#shift }
  }

  /** @param seconds from the machine's time */
  set(seconds: number): void {
    // In its place: the programs have it mapped.
    const fd = openSync(this.#shift, 'r+')
    writeSync(fd, new Uint8Array(new BigInt64Array([BigInt(seconds)]).buffer), 0, 8, 0)
    closeSync(fd)
  }

  /** Whether a process goes by this clock. */
  isOf(pid: number): boolean {
    return readFileSync(`/proc/${pid}/maps`, 'latin1').includes(this.#library)
  }
}
