// SPDX-License-Identifier: Apache-2.0
/**
 * One snapshot set of VSS, which is what freezes: writers are quiet and writes are held from the time the
 * provider says so until it is told to let go. The sequence is the documented one of a requester
 * (learn.microsoft.com/windows/win32/vss/overview-of-processing-a-backup-under-vss), the texts are upstream's.
 */
import { type ComObject, objectFrom, release } from '../../native/com.ts'
import {
  E_FAIL,
  HresultError,
  hresultError,
  must,
  VSS_E_HOLD_WRITES_TIMEOUT,
  VSS_E_OBJECT_NOT_FOUND,
  VSS_E_UNEXPECTED_PROVIDER_ERROR,
  VSS_E_UNSUPPORTED_CONTEXT,
} from '../../native/hresult.ts'
import { backup, CONTEXT, createBackupComponents, TRANSPORTABLE } from '../../native/vssapi.ts'
import { HOLD_WRITES } from './vss-failure.ts'
import { complete, outcomeOf, resultOf } from './vss-operation.ts'
import { registrationProblems } from './vss-registration.ts'
import type { Signals } from './vss-signals.ts'
import { addVolumes, type Chosen } from './vss-volumes.ts'
import { addComponents, failedWriters } from './vss-writers.ts'

/** For each of: what writers have, their preparing, their state. */
const PREPARE_MS = 10 * 60_000
/** From the order to snapshot until the provider says that all is frozen. */
const FREEZE_MS = 60_000
const LOOK_AGAIN_MS = 10
/** Once the provider has let go. Writers have a minute for the thaw. */
const THAW_MS = 120_000
/** When something has gone wrong already. */
const STATUS_MS = 10_000

const DO_SNAPSHOT_SET = 'failed to do snapshot set'

export class SnapshotSet {
  readonly #components: ComObject
  readonly #signals: Signals
  #snapshotting: ComObject | undefined
  /** By performance.now(). */
  #frozenAt = 0
  #count = 0
  /** VSS does not come to an end: nothing more is asked of it. */
  #isStuck = false
  #isSignalling = true

  private constructor(components: ComObject, signals: Signals) {
    this.#components = components
    this.#signals = signals
  }

  /** @param signals closed with the set @throws HresultError in upstream's words */
  static async create(signals: Signals): Promise<SnapshotSet> {
    return new SnapshotSet(await createBackupComponents(), signals)
  }

  /** How many volumes are in it. */
  get count(): number {
    return this.#count
  }

  /** How long it has been frozen. */
  get heldMs(): number {
    return performance.now() - this.#frozenAt
  }

  /**
   * Readies writers and volumes. Without a volume there is nothing more to do.
   * @returns the writers that are not ready
   */
  async prepare(type: number, volumes: readonly Chosen[]): Promise<readonly string[]> {
    const components = this.#components
    must('failed to initialize for backup', await backup.initializeForBackup(components, null))
    must('failed to set backup state', await backup.setBackupState(components, 1, 1, type, 0))
    await this.#setContext()
    await complete(
      'failed to gather writer metadata',
      (out) => backup.gatherWriterMetadata(components, out),
      PREPARE_MS,
    )
    await addComponents(components)
    const started = await backup.startSnapshotSet(components, Buffer.alloc(16))
    must('failed to start snapshot set', started)
    this.#count = await addVolumes(components, volumes)
    if (this.#count === 0) return []
    await complete(
      'failed to prepare for backup',
      (out) => backup.prepareForBackup(components, out),
      PREPARE_MS,
    )
    await this.#gatherStatus(PREPARE_MS)
    return await failedWriters(components)
  }

  async #setContext(): Promise<void> {
    const action = 'failed to set backup context'
    const result = await backup.setContext(this.#components, CONTEXT | TRANSPORTABLE)
    if (result >>> 0 !== VSS_E_UNSUPPORTED_CONTEXT) return must(action, result)
    must(action, await backup.setContext(this.#components, CONTEXT))
  }

  /** Returns when all is frozen. */
  async freeze(): Promise<void> {
    const components = this.#components
    this.#snapshotting = await objectFrom(DO_SNAPSHOT_SET, (out) =>
      backup.doSnapshotSet(components, out),
    )
    const end = performance.now() + FREEZE_MS
    for (;;) {
      const result = await resultOf(DO_SNAPSHOT_SET, this.#snapshotting)
      if (result !== undefined) {
        const action = 'DoSnapshotSet exited without Frozen event'
        throw hresultError(action, E_FAIL)
          .because(result)
          .with(...registrationProblems())
      }
      if (this.#signals.isFrozen) break
      if (performance.now() > end) {
        this.#isStuck = true
        throw hresultError('timeout when try to receive Frozen event from VSS provider', E_FAIL)
      }
      await Bun.sleep(LOOK_AGAIN_MS)
    }
    this.#frozenAt = performance.now()
  }

  /** Whether VSS holds it still; not any more when a provider died, or after a limit of VSS's own. */
  async isHeld(): Promise<boolean> {
    if (this.#snapshotting === undefined) return false
    try {
      return (await resultOf(DO_SNAPSHOT_SET, this.#snapshotting)) === undefined
    } catch (error) {
      if (error instanceof HresultError) return false
      throw error
    }
  }

  /** Lets go. @throws HresultError in upstream's words when the freeze did not last until now */
  async thaw(): Promise<void> {
    const held = `held for ${(this.heldMs / 1000).toFixed(1)} s`
    this.#signals.thaw()
    const under = this.#snapshotting as ComObject
    const result = (await outcomeOf(DO_SNAPSHOT_SET, under, THAW_MS)) >>> 0
    const components = this.#components
    switch (result) {
      case VSS_E_OBJECT_NOT_FOUND:
        // It asked for the snapshot that the provider did not make.
        await backup.abortBackup(components)
        return
      case VSS_E_HOLD_WRITES_TIMEOUT:
        throw hresultError(HOLD_WRITES, result, held)
      case VSS_E_UNEXPECTED_PROVIDER_ERROR: {
        const isLate = this.#signals.hasTimedOut
        throw hresultError(isLate ? HOLD_WRITES : 'unexpected error in VSS provider', result, held)
      }
      default:
        if (isFailure(result)) throw hresultError(DO_SNAPSHOT_SET, result, held)
    }
    await complete(
      'failed to complete backup',
      (out) => backup.backupComplete(components, out),
      THAW_MS,
    )
  }

  /** Has VSS forget it, after something has gone wrong. @returns what the writers say to that */
  async abort(): Promise<readonly string[]> {
    this.#signals.thaw()
    if (this.#isStuck) return []
    const failed = await this.failedWriters()
    await backup.abortBackup(this.#components)
    return failed
  }

  /** The writers that did not do their part. */
  async failedWriters(): Promise<readonly string[]> {
    try {
      await this.#gatherStatus(STATUS_MS)
      return await failedWriters(this.#components)
    } catch (error) {
      // They are asked for the sake of another error, or of the log.
      if (error instanceof HresultError) return []
      throw error
    }
  }

  async #gatherStatus(limitMs: number): Promise<void> {
    await complete(
      'failed to gather writer status',
      (out) => backup.gatherWriterStatus(this.#components, out),
      limitMs,
    )
  }

  /** Takes back what the provider sees of us: other backups do not get it any more. */
  closeSignals(): void {
    if (this.#isSignalling) this.#signals[Symbol.dispose]()
    this.#isSignalling = false
  }

  /** Gives all back. VSS itself ends what is not over. */
  async close(): Promise<void> {
    this.closeSignals()
    if (this.#snapshotting !== undefined) await release(this.#snapshotting)
    await release(this.#components)
  }
}

function isFailure(unsigned: number): boolean {
  return unsigned >= 0x80000000
}
