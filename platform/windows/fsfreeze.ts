// SPDX-License-Identifier: Apache-2.0
/** Freeze and thaw by VSS, and what the agent makes of a freeze that ended before its thaw. */
import {
  HresultError,
  RPC_S_CALL_FAILED,
  RPC_S_SERVER_UNAVAILABLE,
  VSS_E_FLUSH_WRITES_TIMEOUT,
  VSS_E_SNAPSHOT_SET_IN_PROGRESS,
} from '../../native/hresult.ts'
import type { Services } from '../../src/agent/backend.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/fsfreeze.ts'
import { trimAll } from './fstrim.ts'
import { failureOf, heldTooLong } from './vss-failure.ts'
import type { Order } from './vss-prepare.ts'
import type { SnapshotSet } from './vss-snapshot.ts'

/** After these the kernel has let writes go, whatever VSS and the provider say. */
const HELD_WRITES_MS = 10_000
const WATCH_MS = 250
/** What passes by itself is tried again for so long. */
const RETRIES_MS = 5_000
const RETRY_MS = 500

const TRANSIENT: readonly number[] = [
  VSS_E_SNAPSHOT_SET_IN_PROGRESS,
  VSS_E_FLUSH_WRITES_TIMEOUT,
  // VSS's service was just ending.
  RPC_S_SERVER_UNAVAILABLE,
  RPC_S_CALL_FAILED,
]

/** One freeze; see SnapshotSet. */
type Frozen = Pick<
  SnapshotSet,
  | 'count'
  | 'heldMs'
  | 'freeze'
  | 'isHeld'
  | 'thaw'
  | 'abort'
  | 'failedWriters'
  | 'closeSignals'
  | 'close'
>
type Prepare = (order: Order) => Promise<Frozen | undefined>
type Parts = Pick<Services, 'config' | 'frozen' | 'account' | 'log' | 'beforeExit'>

/** @param prepare readies a freeze; tests bring their own */
export function createFreezeHandlers(
  parts: Parts,
  prepare: Prepare = prepareByVss,
): Handlers<typeof schema, 'windows'> {
  const freezes = new Freezes(parts, prepare)
  return {
    'guest-fsfreeze-status': () => (parts.frozen.isFrozen ? 'frozen' : 'thawed'),
    'guest-fsfreeze-freeze': () => freezes.freeze(undefined),
    'guest-fsfreeze-freeze-list': ({ mountpoints }) => freezes.freeze(mountpoints),
    'guest-fsfreeze-thaw': () => freezes.thaw(),
    'guest-fstrim': () => trimAll(),
  }
}

async function prepareByVss(order: Order): Promise<SnapshotSet | undefined> {
  const { prepareSet } = await import('./vss-prepare.ts')
  return await prepareSet(order)
}

class Freezes {
  readonly #parts: Parts
  readonly #prepare: Prepare
  #current: Frozen | undefined
  /** Of a freeze that ended before its thaw: what the thaw is to be told. */
  #failure: unknown
  /** Resolves when the last freeze has ended. */
  #ended: Promise<void> = Promise.resolve()
  /** Resolves when VSS has all of the last freeze back. */
  #givenBack: Promise<void> = Promise.resolve()

  constructor(parts: Parts, prepare: Prepare) {
    this.#parts = parts
    this.#prepare = prepare
    // What ends without it is thawed too, but not at once.
    parts.beforeExit(async () => {
      if (parts.frozen.isFrozen) await this.thaw()
    })
  }

  /** @returns how many volumes it froze */
  async freeze(mountPoints: readonly string[] | undefined): Promise<number> {
    const { account, log } = this.#parts
    account('guest-fsfreeze called')
    await this.#givenBack
    this.#failure = undefined
    let end: number | undefined
    for (;;) {
      try {
        return await this.#freezeOnce(mountPoints)
      } catch (error) {
        if (!(error instanceof HresultError) || !TRANSIENT.includes(error.reason)) throw error
        end ??= performance.now() + RETRIES_MS
        if (performance.now() > end) throw error
        log.write('warning', `${error.message}: trying again`)
        await Bun.sleep(RETRY_MS)
      }
    }
  }

  /** A backup that failed cannot be tried again; this one has all of its own. */
  async #freezeOnce(mountPoints: readonly string[] | undefined): Promise<number> {
    const { config, frozen, log } = this.#parts
    const set = await this.#prepare({
      mountPoints,
      type: config['vss-backup-type'],
      warn: (message) => log.write('warning', message),
    })
    if (set === undefined) return 0
    try {
      await frozen.enter()
      await set.freeze()
    } catch (error) {
      const failure = await failureOf(set, error)
      frozen.leave()
      throw failure
    }
    this.#current = set
    log.write('debug', `${set.count} volumes are frozen`)
    void this.#watch(set)
    return set.count
  }

  /** @returns how many volumes it thawed */
  async thaw(): Promise<number> {
    const set = this.#current
    const count = set === undefined ? 0 : set.count
    if (set !== undefined) this.#failure = await this.#end(set)
    // It may be ending by itself just now.
    else await this.#ended
    this.#parts.account('guest-fsthaw called')
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
    return count
  }

  /** Sees a freeze end that nobody ended. */
  async #watch(set: Frozen): Promise<void> {
    for (;;) {
      await Bun.sleep(WATCH_MS)
      if (this.#current !== set) return
      const isOver = set.heldMs >= HELD_WRITES_MS
      if (!isOver && (await set.isHeld())) continue
      if (this.#current !== set) return
      this.#failure = (await this.#end(set)) ?? heldTooLong()
      const reason = this.#failure instanceof Error ? this.#failure.message : ''
      this.#parts.log.write('error', `thawed without guest-fsfreeze-thaw: ${reason}`)
      return
    }
  }

  /** @returns what was wrong with the freeze */
  async #end(set: Frozen): Promise<unknown> {
    this.#current = undefined
    const over = Promise.withResolvers<void>()
    this.#ended = over.promise
    try {
      await set.thaw()
      set.closeSignals()
      this.#givenBack = this.#giveBack(set)
      return undefined
    } catch (error) {
      return await failureOf(set, error)
    } finally {
      this.#parts.frozen.leave()
      over.resolve()
    }
  }

  /** Whoever asked for the thaw need not wait for the writers to say how it was for them. */
  async #giveBack(set: Frozen): Promise<void> {
    for (const each of await set.failedWriters()) this.#parts.log.write('warning', each)
    await set.close()
  }
}
