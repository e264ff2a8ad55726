// SPDX-License-Identifier: Apache-2.0
/** What the agent and its freezer processes say to each other; see platform/linux/helper.ts. */

/** The hidden first argument of a freezer process. */
export const FREEZER_MODE = '--qga-freezer'

export type FreezerOrder =
  /** Opens the mount points, all or the ones named. Answer: null. */
  | { readonly order: 'open'; readonly mountPoints?: readonly string[] | undefined }
  /** Freezes what is open. Answer: `Frozen`. */
  | { readonly order: 'freeze' }
  /** Thaws what is open. Answer: `Thawed`. */
  | { readonly order: 'thaw' }
  /** Thaws every other local file system too. Answer: `Thawed`. */
  | { readonly order: 'thaw-others' }
  /** Trims all. Answer: `Trimmed[]`. */
  | { readonly order: 'trim'; readonly minimum: string }
  /** Stands by to thaw what is open, when the time is over or when told. Answer: null; `Expired` is told. */
  | ({ readonly order: 'watch' } & Watch)
  /** The watch is over: ended in order. No answer. */
  | { readonly order: 'end' }
  /** The watch's time begins anew. No answer. */
  | { readonly order: 'frozen' }

export interface Watch {
  readonly limitMs: number
  /** The process that freezes, and could go on freezing. */
  readonly freezer: ProcessId
  /** The file that is there as long as the freeze is on. */
  readonly marker: string
  readonly hook?: HookSetting | undefined
}

export interface HookSetting {
  readonly path: string
  readonly limitMs: number
}

/** A process, and not another one that has its number later. */
export interface ProcessId {
  readonly pid: number
  /** The 22nd field of its proc_pid_stat(5). */
  readonly startTime: string
}

export interface Frozen {
  readonly count: number
  /** What went wrong; the file systems before it in the order are frozen. */
  readonly failed?: string
  readonly code?: string
}

export interface Thawed {
  readonly count: number
  /** Mount points that we had frozen and that were not frozen any more. */
  readonly foreign: readonly string[]
  /** What went wrong with the first that is frozen still. */
  readonly failed?: string
  readonly code?: string
}

export interface Trimmed {
  readonly path: string
  readonly error?: string
  /** Bytes, in decimal: JSON's numbers are too narrow. */
  readonly trimmed?: string
  readonly minimum?: string
}

/** What a watch tells: the time was over, and all is thawed. */
export interface Expired {
  readonly expired: {
    readonly count: number
    /** What the thaw hook said against it. */
    readonly hookError?: string
  }
}
