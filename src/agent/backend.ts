// SPDX-License-Identifier: Apache-2.0
/** What a system brings: everything that the wiring needs and the core must not know. */
import type { Administration } from '../admin/administration.ts'
import type { Config, SystemDefaults } from '../config.ts'
import type { Accounts, Log } from '../log.ts'
import type { Command } from '../schema/command.ts'
import type { ConfigSymbol } from '../schema/condition.ts'
import type { Session } from './channel.ts'
import type { AnyHandler, Registered } from './registry.ts'

/** `--daemonize`, on systems that have it. */
export interface Daemon {
  /** This process as the daemon, when it was started as one. */
  asChild(args: readonly string[]): DaemonChild | undefined
  /** Starts the daemon; resolves to the exit status for the command that was typed. */
  start(args: readonly string[]): Promise<number>
  /**
   * Takes the pid file for this process, and keeps it until the process ends.
   * @throws OsError in upstream's words; the file of a running instance is left as it is
   */
  acquirePidFile(path: string): PidFile
}

/** Whoever has started the agent, and waits until it serves. */
export interface Starter {
  /** Takes lines, ended as lines, until the agent serves. */
  report(text: string): void
  /** The agent serves, or waits for its channel. May be called again. */
  serving(): void
}

/** `serving` lets the command that was typed return, and cuts the last ties to where it was typed. */
export interface DaemonChild extends Starter {
  /** What was typed. */
  readonly args: readonly string[]
}

export interface PidFile {
  /** Removes the file; only the instance that holds it can. */
  remove(): void
}

/** What the agent can say of itself. */
export interface AgentFacts {
  /** The protocol level that clients parse. */
  readonly version: string
  /** What exists, in registration order; known only once the registry is made of handlers such as these. */
  commands(): Iterable<Registered>
  isEnabled(command: Command): boolean
}

/** Whether file systems are frozen, as far as the agent knows, and what has to change when that does. */
export interface FrozenState {
  readonly isFrozen: boolean
  /** There while they are, for the agent that comes after a crash. */
  readonly markerPath: string
  /** From here on only the commands marked `whileFrozen` run, and nothing is logged but to memory. */
  enter(): Promise<void>
  leave(): void
}

/** What handlers are made from. */
export interface Services {
  readonly config: Config
  readonly agent: AgentFacts
  readonly frozen: FrozenState
  readonly log: Pick<Log, 'write'>
  /** @param step is done before the process ends, when it is told to */
  beforeExit(step: () => Promise<void>): void
  /** @param release lets go of what was only kept to be used again */
  whenIdle(release: () => void): void
  nextHandle(): Promise<bigint>
  account(message: string): void
}

export interface Backend {
  readonly defaults: SystemDefaults
  /**
   * The first part of the way to a file that others than the administrator could change, in words that
   * follow its name; undefined when there is none.
   */
  readonly foreignPart: (path: string) => string | undefined
  /** The QAPI symbols that are true: those of the system, and those a look at this machine decides. */
  symbols(): ReadonlySet<ConfigSymbol>
  /** Makes what has to be there before the agent starts. @throws OsError in upstream's words */
  prepare?(config: Config): Promise<void>
  handlers(services: Services): Readonly<Record<string, AnyHandler>>
  /**
   * The method of the socket that a service manager handed over, if it did.
   * @throws InvalidArguments in upstream's words when the socket cannot be used
   */
  inheritedMethod?(): string | undefined
  /**
   * Opens the channel and serves on it until the process ends.
   * @throws OsError or Unsupported in upstream's words
   */
  openChannel(config: Config, session: Session): Promise<void>
  /** Waits until the time is over, or a channel that could not be opened may be there. */
  channelAppeared?(config: Config, milliseconds: number): Promise<void>
  /**
   * Takes accounts of what was done, for the system's log, without ever waiting for it; where the system does not
   * thaw without an agent also while file systems are frozen.
   */
  createAccounts(program: string): Accounts
  /** A sink for a file descriptor that never keeps the event loop waiting. */
  createSink(fd: number): (text: string) => Promise<void>
  readonly daemon?: Daemon
  /** Nothing stays frozen when the agent has gone: the system sees to that. */
  readonly thawsWithoutAgent?: true
  /** Registers what the system has to know before it can freeze, or takes that back. @throws OsError */
  readonly freezeCommand?: (command: 'vss-install' | 'vss-uninstall') => Promise<void>
  /**
   * `--daemonize` where a service manager starts the agent: serves, by this backend or a variant of it, when
   * the manager says so. A stop is a SIGTERM.
   */
  readonly service?: (
    config: Config,
    serve: (backend: Backend, config: Config, starter: Starter) => Promise<void>,
  ) => Promise<void>
  /**
   * What the agent starts itself for, because it must not do it itself, by the first argument that
   * says so; nobody types them.
   */
  readonly helpers?: ReadonlyMap<string, () => void | Promise<void>>
  /** Installing and examining, loaded only for an administrator; absent where it is still to come. */
  readonly administration?: () => Promise<Administration>
}
