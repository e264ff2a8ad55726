// SPDX-License-Identifier: Apache-2.0
/** The whole agent but its handlers, which only record: fed bytes in pieces of any size, as a channel would. */
import { createAnswers } from '../../src/agent/answer.ts'
import type { Peer } from '../../src/agent/channel.ts'
import { Idle } from '../../src/agent/idle.ts'
import { Policy } from '../../src/agent/policy.ts'
import { type AnyHandler, createRegistry } from '../../src/agent/registry.ts'
import { Server } from '../../src/agent/server.ts'
import { type Command, encodedMembers } from '../../src/schema/command.ts'
import type { ConfigSymbol } from '../../src/schema/condition.ts'
import { contract } from '../../src/schema/contract.ts'
import { EncodedBytes } from '../../src/wire/base64.ts'
import type { Random } from '../harness/random.ts'

export interface Call {
  readonly name: string
  readonly args: unknown
}

/** Those of the family whose handlers record, whatever the system: nothing is looked at. */
export const COMMANDS: readonly Command[] = contract

const SYMBOLS: ReadonlySet<ConfigSymbol> = new Set([
  ...([
    'CONFIG_POSIX',
    'CONFIG_LINUX',
    'CONFIG_WIN32',
    'CONFIG_FSFREEZE',
    'CONFIG_FSTRIM',
  ] as const),
  ...(['CONFIG_LIBUDEV', 'HAVE_GETIFADDRS', 'HAVE_UTMPX', 'CONFIG_GETLOADAVG'] as const),
])

export class Target implements Peer {
  /** What was called since `take`, and what was answered. */
  readonly #calls: Call[] = []
  #received = ''
  /** What was told of bugs. */
  readonly bugs: string[] = []
  readonly #server: Server
  readonly #random: Random

  constructor(random: Random, block: readonly string[]) {
    this.#random = random
    const log = {
      isVerbose: false,
      write: (level: string, message: string) => {
        if (level === 'critical') this.bugs.push(message)
      },
      account: () => {},
    }
    const handlers: Record<string, AnyHandler> = {}
    for (const { name } of COMMANDS) handlers[name] = (args: never) => this.#called(name, args)
    const answers = createAnswers(
      createRegistry(contract, handlers, SYMBOLS),
      new Policy({ block }),
      log,
    )
    const limits = {
      max: 64,
      queuedRequests: 64,
      queuedBytes: 1024 * 1024,
      limitMs: () => 0,
      waitMs: () => 60_000,
    }
    this.#server = new Server(
      { answers, idle: new Idle(), limits, log },
      { encoded: { parent: 'arguments', names: encodedMembers(contract) } },
    )
    this.#server.connected(this)
  }

  write(bytes: Uint8Array): number {
    this.#received += Buffer.from(bytes).latin1Slice()
    return bytes.length
  }

  pause(): void {}
  resume(): void {}
  end(): void {}

  /** @param text a character for each byte */
  send(text: string): void {
    const bytes = Buffer.from(text, 'latin1')
    for (let at = 0; at < bytes.length; ) {
      const end = this.#random.once(3) ? at + 1 + this.#random.below(bytes.length) : bytes.length
      // A buffer of its own: the server may free it.
      this.#server.received(Buffer.from(bytes.subarray(at, end)))
      at = end
    }
  }

  /** What came of what was sent. */
  take(): { readonly calls: readonly Call[]; readonly received: string } {
    const received = this.#received
    this.#received = ''
    return { calls: this.#calls.splice(0), received }
  }

  /** Another client, and nothing of the former one is left. */
  reconnect(): void {
    this.#server.disconnected()
    this.#server.connected(this)
    this.take()
  }

  #called(name: string, args: Record<string, unknown>): unknown {
    const decoded = Object.entries(args).map(([member, value]) => {
      return [
        member,
        value instanceof EncodedBytes ? Buffer.concat(value.decode()) : value,
      ] as const
    })
    this.#calls.push({ name, args: Object.fromEntries(decoded) })
    return {}
  }
}
