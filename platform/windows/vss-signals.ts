// SPDX-License-Identifier: Apache-2.0
/**
 * The events by which this agent and the VSS provider tell each other how far a freeze is. They are there only
 * while a freeze is made: by them the provider knows that it is asked by us, and not by another backup program.
 */

import { hresultError } from '../../native/hresult.ts'
import { closeHandle, type Handle } from '../../native/kernel32.ts'
import { createNamedEvent, isSignalled, setEvent } from '../../native/kernel32-event.ts'

const NAMES = ['frozen', 'thaw', 'timeout'].map((role) => `Global\\QGAVSSEvent-${role}`)
const ERROR_ALREADY_EXISTS = 183
/** A provider whose agent has died lets go of the events within its own limit. */
const LEFT_OVER_MS = 65_000
const LOOK_AGAIN_MS = 200

export class Signals implements Disposable {
  readonly #frozen: Handle
  readonly #thaw: Handle
  readonly #timeout: Handle

  private constructor([frozen, thaw, timeout]: readonly Handle[]) {
    this.#frozen = frozen as Handle
    this.#thaw = thaw as Handle
    this.#timeout = timeout as Handle
  }

  /**
   * Waits until those of an earlier freeze have gone: signalled as they are, they would say that this one is done.
   * @throws HresultError in upstream's words
   */
  static async create(limitMs = LEFT_OVER_MS): Promise<Signals> {
    const end = performance.now() + limitMs
    for (;;) {
      const made = createAll()
      if ('handles' in made) return new Signals(made.handles)
      if (performance.now() > end) {
        const action = `failed to create event ${made.taken}`
        throw hresultError(action, ERROR_ALREADY_EXISTS, 'a freeze before this one has not ended')
      }
      await Bun.sleep(LOOK_AGAIN_MS)
    }
  }

  /** The provider holds the freeze. */
  get isFrozen(): boolean {
    return isSignalled(this.#frozen)
  }

  /** The provider gave up waiting for the thaw. */
  get hasTimedOut(): boolean {
    return isSignalled(this.#timeout)
  }

  /** Has the provider let go. */
  thaw(): void {
    setEvent(this.#thaw)
  }

  [Symbol.dispose](): void {
    for (const handle of [this.#frozen, this.#thaw, this.#timeout]) closeHandle(handle)
  }
}

function createAll(): { readonly handles: readonly Handle[] } | { readonly taken: string } {
  const handles: Handle[] = []
  try {
    for (const name of NAMES) {
      const handle = createNamedEvent(name)
      if (handle === undefined) {
        for (const made of handles) closeHandle(made)
        return { taken: name }
      }
      handles.push(handle)
    }
    return { handles }
  } catch (error) {
    for (const made of handles) closeHandle(made)
    throw error
  }
}
