// SPDX-License-Identifier: Apache-2.0
/** Freeze and thaw by VSS, and what the agent makes of a freeze that ended before its thaw. */
import { prepareCom } from '../../native/com.ts'
import {
  HresultError,
  hresultError,
  RPC_S_CALL_FAILED,
  RPC_S_SERVER_UNAVAILABLE,
  VSS_E_FLUSH_WRITES_TIMEOUT,
  VSS_E_HOLD_WRITES_TIMEOUT,
  VSS_E_SNAPSHOT_SET_IN_PROGRESS,
} from '../../native/hresult.ts'
import { findRegistryNumber } from '../../native/registry.ts'
import { BACKUP_TYPES } from '../../native/vssapi.ts'
import type { Services } from '../../src/agent/backend.ts'
import type { AgentError } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/fsfreeze.ts'
import { trimAll } from './fstrim.ts'
import { SERVICE_KEY } from './vss-identity.ts'
import { Signals } from './vss-signals.ts'
import { HOLD_WRITES, SnapshotSet } from './vss-snapshot.ts'
import { chooseVolumes } from './vss-volumes.ts'

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

type Parts = Pick<Services, 'config' | 'frozen' | 'account' | 'log' | 'beforeExit'>

export function createFreezeHandlers(parts: Parts): Handlers<typeof schema, 'windows'> {
  const freezes = new Freezes(parts)
  return {
    'guest-fsfreeze-status': () => (parts.frozen.isFrozen ? 'frozen' : 'thawed'),
    'guest-fsfreeze-freeze': () => freezes.freeze(undefined),
    'guest-fsfreeze-freeze-list': ({ mountpoints }) => freezes.freeze(mountpoints),
    'guest-fsfreeze-thaw': () => freezes.thaw(),
    'guest-fstrim': () => trimAll(),
  }
}

class Freezes {
  readonly #parts: Parts
  #current: SnapshotSet | undefined
  /** Of a freeze that ended before its thaw: what the thaw is to be told. */
  #failure: AgentError | undefined
  /** Resolves when the last freeze is given back altogether. */
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
    // What ends without it is thawed too, but not at once.
    parts.beforeExit(async () => {
      if (parts.frozen.isFrozen) await this.thaw()
    })
  }

  /** @returns how many volumes it froze */
  async freeze(mountPoints: readonly string[] | undefined): Promise<number> {
    const { account, log } = this.#parts
    account('guest-fsfreeze called')
    prepareCom()
    await this.#ended
    this.#failure = undefined
    let end: number | undefined
    for (;;) {
      try {
        return await this.#freezeOnce(mountPoints)
      } catch (error) {
        if (!(error instanceof HresultError) || !isTransient(error)) throw error
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
    const volumes = await chooseVolumes(mountPoints)
    const signals = await Signals.create()
    let set: SnapshotSet
    try {
      set = await SnapshotSet.create(signals)
    } catch (error) {
      signals[Symbol.dispose]()
      throw error
    }
    try {
      await set.prepare(backupType(config['vss-backup-type']), volumes)
      if (set.count === 0) {
        await set.abort()
        await set.close()
        return 0
      }
      await frozen.enter()
      await set.freeze()
    } catch (error) {
      const details = await set.abort()
      await set.close()
      if (frozen.isFrozen) frozen.leave()
      throw error instanceof HresultError ? error.with(...details) : error
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
  async #watch(set: SnapshotSet): Promise<void> {
    const { log } = this.#parts
    for (;;) {
      await Bun.sleep(WATCH_MS)
      if (this.#current !== set) return
      const isOver = set.heldMs >= HELD_WRITES_MS
      if (!isOver && (await set.isHeld().catch(() => false))) continue
      if (this.#current !== set) return
      const early = hresultError(HOLD_WRITES, VSS_E_HOLD_WRITES_TIMEOUT)
      this.#failure = (await this.#end(set)) ?? early
      log.write('error', `thawed without guest-fsfreeze-thaw: ${this.#failure.message}`)
      return
    }
  }

  /** @returns what was wrong with the freeze */
  async #end(set: SnapshotSet): Promise<AgentError | undefined> {
    this.#current = undefined
    const over = Promise.withResolvers<void>()
    this.#ended = over.promise
    try {
      return await this.#thawNow(set)
    } finally {
      this.#parts.frozen.leave()
      over.resolve()
    }
  }

  async #thawNow(set: SnapshotSet): Promise<AgentError | undefined> {
    try {
      await set.thaw()
      return undefined
    } catch (error) {
      if (!(error instanceof HresultError)) throw error
      return error.with(...(await set.abort()))
    } finally {
      await set.close()
    }
  }
}

function isTransient({ hresult, message }: HresultError): boolean {
  // An early end of the snapshot has the reason in its text only.
  return TRANSIENT.some((code) => hresult === code || message.includes(`0x${code.toString(16)} `))
}

/** VSS_BACKUP_TYPE: the configured one, else the one that qemu-ga's installations have in the registry. */
function backupType(configured: keyof typeof BACKUP_TYPES | undefined): number {
  if (configured !== undefined) return BACKUP_TYPES[configured]
  const chosen = findRegistryNumber(SERVICE_KEY, 'VssOption')
  const isKnown = Object.values(BACKUP_TYPES).some((type) => type === chosen)
  return isKnown ? (chosen as number) : BACKUP_TYPES.full
}
