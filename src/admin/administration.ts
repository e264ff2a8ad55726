// SPDX-License-Identifier: Apache-2.0
/** What a system brings for `qga install`, `qga uninstall` and `qga doctor`. */
import type { Config } from '../config.ts'

/** One change that an installation makes. */
export interface Step {
  /** `write /etc/…`, in the imperative. */
  readonly says: string
  /** Whether it is so already. */
  isDone(): boolean
  run(): void | Promise<void>
}

export interface Plan {
  readonly steps: readonly Step[]
  /** Done last, and only when one of the steps had to be done. */
  readonly afterwards: readonly Step[]
  /** What is not going to be touched, and why. */
  readonly notes: readonly string[]
}

/** A setting of an agent that was there before, as options of this one. */
export interface Carried {
  /** `/etc/sysconfig/qemu-ga:12: BLACKLIST_RPC` */
  readonly source: string
  readonly args: readonly string[]
  /** Why it cannot be carried over. */
  readonly refused?: string
}

export interface InstallOptions {
  /** Below which all is installed; empty is this system. */
  readonly root: string
  /** The service managers to install for; those that are there when absent. */
  readonly managers: readonly string[] | undefined
  /** Enable the agent that changes nothing. */
  readonly isReadOnly: boolean
  /** Only what a package leaves to be done. */
  readonly onlySettings: boolean
  /** What older settings come to, all of which can be carried over. */
  readonly carried: readonly string[]
  /** The configuration file to write. */
  readonly config?: { readonly path: string; readonly text: string }
  /** Options that were typed, in the place of all others. */
  readonly given: readonly string[]
  /** Whether the channel is the port that the system's device manager announces. */
  readonly usesPort: boolean
}

export interface Setup {
  readonly managers: readonly string[]
  /** Whether the service's options are typed after `--`; else they are in a file. */
  readonly takesOptions?: boolean
  /** Why the agent cannot run, or must not be installed, here; a line each. */
  obstacles(root: string, onlySettings: boolean): readonly string[]
  /** What agents before this one were told, by other means than the configuration file. */
  earlierSettings(root: string): readonly Carried[]
  /** The file with the service's options, and they. */
  serviceOptions(root: string): { readonly path: string; readonly args: readonly string[] }
  install(options: InstallOptions): Plan
  /** @param config a configuration file that nobody has changed; undefined when there is none */
  uninstall(root: string, config: string | undefined): Plan
}

/** `missing` stands in the way of a backup; `warning` deserves a look. */
export interface Finding {
  readonly about: string
  readonly level: 'ok' | 'warning' | 'missing'
  readonly text: string
}

/** What `qga doctor` asks about the entries of rules. */
export interface RuledPlaces {
  /** The path of what is there, without links; undefined when there is nothing. */
  realPath(path: string): string | undefined | Promise<string | undefined>
  /** Why the program, or those in the directory, of an entry are not run. */
  foreignProgram(entry: string): string | undefined
}

export interface FreezePlan {
  /** In the order of freezing. */
  readonly covered: readonly { readonly mountpoint: string; readonly type: string }[]
  readonly skipped: readonly {
    readonly mountpoint: string
    readonly type: string
    readonly reason: string
  }[]
}

export interface Examination {
  readonly findings: readonly Finding[]
  /** Nothing is frozen to find this out. */
  readonly freeze: FreezePlan
}

export interface Administration {
  readonly setup: Setup
  readonly places: RuledPlaces
  /** @param config undefined when it cannot be used: what depends on it is left out */
  examine(config: Config | undefined): Examination | Promise<Examination>
}
