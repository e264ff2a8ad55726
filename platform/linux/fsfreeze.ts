// SPDX-License-Identifier: Apache-2.0
/** Freeze, thaw and trim. The work is done by freezer processes; here is what the agent makes of it. */
import type { Services } from '../../src/agent/backend.ts'
import { AgentError, OsError } from '../../src/errors.ts'
import type { Handlers } from '../../src/schema/command.ts'
import type * as schema from '../../src/schema/fsfreeze.ts'
import {
  type Expired,
  FREEZER_MODE,
  type FreezerOrder,
  type Frozen,
  type HookSetting,
  type Thawed,
  type Trimmed,
} from './freezer-orders.ts'
import { Helper } from './helper.ts'
import { runHook } from './hook.ts'
import { processId } from './process-id.ts'

/** To open every mount point: a file system that does not even answer that cannot be frozen. */
const OPEN_MS = 30_000
/** To thaw what is open. The watchdog goes on where this ends. */
const THAW_MS = 10_000
/** To look at the mounts that are not ours to thaw. */
const OTHERS_MS = 10_000

/** The processes of one freeze. */
interface Freezing {
  readonly freezer: Helper
  /** None when freezes may last for ever. */
  readonly watchdog: Helper | undefined
  /** The freezer was told to. */
  mayHaveFrozen: boolean
}

type Parts = Pick<Services, 'config' | 'frozen' | 'account' | 'log' | 'beforeExit'>

export function createFreezeHandlers(parts: Parts): Handlers<typeof schema, 'linux'> {
  const freezes = new Freezes(parts)
  return {
    'guest-fsfreeze-status': () => (parts.frozen.isFrozen ? 'frozen' : 'thawed'),
    'guest-fsfreeze-freeze': () => freezes.freeze(undefined),
    'guest-fsfreeze-freeze-list': ({ mountpoints }) => freezes.freeze(mountpoints),
    'guest-fsfreeze-thaw': () => freezes.thaw(),
    'guest-fstrim': async ({ minimum = 0 }) => {
      parts.account('guest-fstrim called')
      const order: FreezerOrder = { order: 'trim', minimum: String(minimum) }
      return { paths: (await askOnce<readonly Trimmed[]>(order)).map(trimResult) }
    },
  }
}

function trimResult({ path, error, trimmed = '0', minimum = '0' }: Trimmed) {
  if (error !== undefined) return { path, error }
  return { path, minimum: narrowed(minimum), trimmed: narrowed(trimmed) }
}

/** As upstream, whose integers are 64 bits with a sign. */
function narrowed(text: string): number | bigint {
  const value = BigInt.asIntN(64, BigInt(text))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

class Freezes {
  readonly #parts: Parts
  readonly #hook: HookSetting | undefined
  readonly #limitMs: number
  #current: Freezing | undefined

  constructor(parts: Parts) {
    const { config } = parts
    const path = config['fsfreeze-hook']
    this.#parts = parts
    this.#hook =
      path === undefined ? undefined : { path, limitMs: config['fsfreeze-hook-timeout'] * 1000 }
    this.#limitMs = config['fsfreeze-timeout'] * 1000
    // A guest whose agent has been told to end must not stay frozen.
    parts.beforeExit(async () => {
      if (parts.frozen.isFrozen) await this.thaw()
    })
  }

  /** @returns how many file systems it froze */
  async freeze(mountPoints: readonly string[] | undefined): Promise<number> {
    const { account, frozen } = this.#parts
    account('guest-fsfreeze called')
    let count = 0
    try {
      await this.#runHook('freeze')
      await frozen.enter()
      count = await this.#freezeNow(mountPoints)
    } catch (error) {
      await this.#undo()
      throw error
    }
    // Nobody will thaw nothing, but the hook has quiesced what it could.
    if (count === 0) await this.#undo()
    return count
  }

  async #freezeNow(mountPoints: readonly string[] | undefined): Promise<number> {
    const { config, frozen, log } = this.#parts
    const [freezer, watchdog] = await Promise.all([
      start('freezer'),
      this.#limitMs > 0 ? start('watchdog') : undefined,
    ])
    const current = { freezer, watchdog, mayHaveFrozen: false }
    this.#current = current
    const open: FreezerOrder = { order: 'open', mountPoints }
    await Promise.all([ask(freezer, open, OPEN_MS), watchdog && ask(watchdog, open, OPEN_MS)])
    if (watchdog !== undefined) {
      watchdog.onTold = (message) => this.#expired(message as Expired)
      const watch: FreezerOrder = {
        order: 'watch',
        limitMs: this.#limitMs,
        freezer: processId(freezer.pid),
        marker: frozen.markerPath,
        hook: this.#hook,
      }
      await ask(watchdog, watch, OPEN_MS)
    }
    current.mayHaveFrozen = true
    const { count, failed, code } = await ask<Frozen>(freezer, { order: 'freeze' })
    if (failed !== undefined) throw new OsError(failed, code ?? 'EIO')
    if (!frozen.isFrozen) {
      const limit = `${config['fsfreeze-timeout']} s`
      throw new OsError(`Cannot freeze within ${limit}: all file systems are thawed again`, 'ETIME')
    }
    log.write('debug', `${count} file systems are frozen`)
    if (watchdog !== undefined) tell(watchdog, { order: 'frozen' })
    return count
  }

  /** @returns how many file systems it thawed, whoever had frozen them */
  async thaw(): Promise<number> {
    const { account, frozen } = this.#parts
    const count = await this.#thawAll()
    if (frozen.isFrozen) frozen.leave()
    account('guest-fsthaw called')
    try {
      await this.#runHook('thaw')
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      const told = `${error.message.trimEnd()}; ${count} file systems are thawed`
      throw new OsError(told, error.code, error)
    }
    return count
  }

  /** Ours from the descriptors that are held, then whatever else is mounted. */
  async #thawAll(): Promise<number> {
    const ours = this.#current === undefined ? 0 : await this.#thawOurs(this.#current)
    const others = await this.#thawOthers()
    this.#letGo()
    return ours + others
  }

  /**
   * By the freezer; by the watchdog when that cannot; by one that has to open everything when neither can.
   * @throws OsError when one stays frozen: so does the guest, for the next thaw and for the watchdog
   */
  async #thawOurs({ freezer, watchdog }: Freezing): Promise<number> {
    const { log } = this.#parts
    for (const helper of [freezer, watchdog]) {
      const thawed = helper && (await this.#thawBy(helper))
      if (thawed === undefined) {
        freezer.kill()
        continue
      }
      const { count, foreign, failed, code } = thawed
      for (const name of foreign) log.write('warning', `${name} has been thawed by somebody else`)
      if (failed !== undefined) throw new OsError(failed, code ?? 'EIO')
      return count
    }
    return await this.#thawOthers()
  }

  /** Undefined when it does not answer. */
  async #thawBy(helper: Helper): Promise<Thawed | undefined> {
    try {
      return await ask<Thawed>(helper, { order: 'thaw' }, THAW_MS)
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
      this.#parts.log.write('warning', error.message)
      return undefined
    }
  }

  async #thawOthers(): Promise<number> {
    const { frozen, log } = this.#parts
    const order: FreezerOrder = { order: 'thaw-others' }
    const freezer = this.#current?.freezer
    try {
      const { count } =
        freezer === undefined || freezer.isGone
          ? await askOnce<Thawed>(order, OTHERS_MS)
          : await ask<Thawed>(freezer, order, OTHERS_MS)
      return count
    } catch (error) {
      // Ours are thawed by now; without a freeze of ours this was all there was to do.
      if (this.#current === undefined && frozen.isFrozen) throw error
      if (!(error instanceof AgentError)) throw error
      log.write('warning', `Cannot look for other frozen file systems: ${error.message}`)
      freezer?.kill()
      return 0
    }
  }

  /** After a freeze that came to nothing. */
  async #undo(): Promise<void> {
    const { frozen, log } = this.#parts
    try {
      if (this.#current?.mayHaveFrozen === true) await this.#thawOurs(this.#current)
      // Those that do not come back from an opening answer to nothing else.
      else this.#abandon()
      this.#letGo()
      if (frozen.isFrozen) frozen.leave()
      await this.#runHook('thaw')
    } catch (error) {
      if (!(error instanceof AgentError)) throw error
      log.write('error', error.message)
    }
  }

  #abandon(): void {
    this.#current?.freezer.kill()
    this.#current?.watchdog?.kill()
  }

  /** The watchdog has thawed all, and run the hook. */
  #expired({ expired: { count, hookError } }: Expired): void {
    const { config, frozen, log } = this.#parts
    this.#letGo()
    if (frozen.isFrozen) frozen.leave()
    const limit = config['fsfreeze-timeout']
    log.write('error', `no thaw within ${limit} s: ${count} file systems thawed by the watchdog`)
    if (hookError !== undefined) log.write('error', hookError)
  }

  #letGo(): void {
    if (this.#current === undefined) return
    const { freezer, watchdog } = this.#current
    this.#current = undefined
    // The client need not wait for two processes to end.
    setTimeout(() => {
      freezer.end()
      if (watchdog === undefined || watchdog.isGone) return
      tell(watchdog, { order: 'end' })
      watchdog.end()
    })
  }

  async #runHook(event: 'freeze' | 'thaw'): Promise<void> {
    if (this.#hook === undefined) return
    const { account, log } = this.#parts
    account(`executing fsfreeze hook with arg '${event}'`)
    const said = await runHook(this.#hook, event)
    for (const line of said.split('\n')) {
      if (line !== '') log.write('info', `fsfreeze hook with arg '${event}' said: ${line}`)
    }
  }
}

function start(name: string): Promise<Helper> {
  return Helper.start(name, FREEZER_MODE)
}

function ask<T>(helper: Helper, order: FreezerOrder, limitMs?: number): Promise<T> {
  return helper.ask<T>(order, limitMs)
}

function tell(helper: Helper, order: FreezerOrder): void {
  helper.tell(order)
}

/** A helper for one order. */
async function askOnce<T>(order: FreezerOrder, limitMs?: number): Promise<T> {
  const helper = await start('freezer')
  try {
    return await ask<T>(helper, order, limitMs)
  } catch (error) {
    helper.kill()
    throw error
  } finally {
    helper.end()
  }
}
