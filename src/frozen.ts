// SPDX-License-Identifier: Apache-2.0
/** The agent's own flag that file systems are frozen, and all that follows from it. */
import * as fs from 'node:fs'
import type { FrozenState } from './agent/backend.ts'
import type { Policy } from './agent/policy.ts'
import { errorCode, strerror } from './errno.ts'
import type { LineLog } from './log.ts'
import { frozenMarker } from './state.ts'
import { within } from './within.ts'

/** A log that cannot be written must not keep file systems from being frozen. */
const FLUSH_MAX_MS = 500

export class Frozen implements FrozenState {
  readonly markerPath: string
  readonly #policy: Policy
  readonly #log: LineLog
  readonly #whenThawed: () => void

  /** @param whenThawed does what had to wait for the thaw */
  constructor(statedir: string, policy: Policy, log: LineLog, whenThawed: () => void) {
    this.markerPath = frozenMarker(statedir)
    this.#policy = policy
    this.#log = log
    this.#whenThawed = whenThawed
  }

  get isFrozen(): boolean {
    return this.#policy.isFrozen
  }

  async enter(): Promise<void> {
    this.#log.write('warning', 'disabling logging due to filesystem freeze')
    this.#policy.isFrozen = true
    this.#createMarker()
    // A write that is under way would sleep until the thaw.
    await within(FLUSH_MAX_MS, this.#log.flush())
    this.#log.hold()
  }

  leave(): void {
    this.#log.release()
    this.#log.write('warning', 'logging re-enabled due to filesystem unfreeze')
    this.#policy.isFrozen = false
    this.#removeMarker()
    this.#whenThawed()
  }

  #createMarker(): void {
    try {
      // Whatever lies there is none of ours: nothing is frozen yet.
      fs.rmSync(this.markerPath, { force: true })
      fs.closeSync(fs.openSync(this.markerPath, 'wx', 0o600))
    } catch (error) {
      this.#cannot('open/create file', 'create', error)
    }
  }

  /** The watchdog may have been faster. */
  #removeMarker(): void {
    try {
      fs.unlinkSync(this.markerPath)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return
      this.#cannot('delete file', 'delete', error)
    }
  }

  #cannot(attempt: string, shortly: string, error: unknown): void {
    const reason = strerror(errorCode(error) ?? 'EIO')
    this.#log.write('warning', `unable to ${attempt} ${this.markerPath}: ${reason}`)
    this.#log.write(
      'warning',
      `unable to ${shortly} ${this.markerPath}, fsfreeze may not function properly`,
    )
  }
}
