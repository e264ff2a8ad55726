// SPDX-License-Identifier: Apache-2.0
/** The host's side: every command of the contract as a typed call. */
import type * as z from 'zod/mini'
import { MalformedRequest } from '../errors.ts'
import type { Command } from '../schema/command.ts'
import { type CommandName, type Commands, contract } from '../schema/contract.ts'
import { membersOf } from '../schema/describe.ts'
import type { Encoded } from '../schema/qapi.ts'
import { EncodedBytes } from '../wire/base64.ts'
import { NumberText } from '../wire/number.ts'
import type { Incoming } from '../wire/reader.ts'
import { encode } from '../wire/writer.ts'
import { Connection, ConnectionLost, type Deadline, deadlineIn } from './connection.ts'

/** Arguments as a caller gives them: bytes where the wire has base64. */
type Given<T> = T extends Encoded
  ? Uint8Array
  : T extends readonly (infer E)[]
    ? readonly Given<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Given<T[K]> }
      : T

export type Arguments<N extends CommandName> = Given<z.output<Commands[N]['args']>>
export type Result<N extends CommandName> = z.input<Commands[N]['returns']>

/** What the agent answered instead of a result. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  /** `GenericError` or `CommandNotFound`. */
  readonly wireClass: string

  constructor(wireClass: string, desc: string) {
    super(desc)
    this.wireClass = wireClass
  }
}

/** Until the agent has answered the first request, in milliseconds. */
const SYNC_TIMEOUT_MS = 5000
const SENTINEL = 0xff

const commands: readonly Command[] = contract
const encodedResults = new Set(
  commands
    .flatMap(({ returns }) => membersOf(returns))
    .filter(({ type }) => type.kind === 'str' && type.base64)
    .map(({ name }) => name),
)

export class Client {
  readonly #connection: Connection
  /** Ids of requests: replies that carry another belong to somebody else. */
  #id = 0
  /** Settles when all earlier calls have their replies: these come in the order of the requests. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /**
   * Connects and makes sure that what comes next is for us.
   * @param path of the agent's unix socket
   * @throws ConnectionLost
   */
  static async connect(path: string): Promise<Client> {
    const connection = await Connection.open(path, encodedResults)
    const client = new Client(connection)
    try {
      await client.#sync()
    } catch (error) {
      client.close()
      throw error
    }
    return client
  }

  /**
   * Calls a command. Calls may be made while others wait: they are sent at once.
   * @param timeoutMs from the reply before; 0 waits for ever
   * @returns the result; undefined for a command that is silent when it succeeds
   * @throws RefusedError with what the agent answered, ConnectionLost
   */
  async call<N extends CommandName>(
    name: N,
    args: Arguments<N>,
    timeoutMs = 0,
  ): Promise<Result<N>> {
    return (await this.callUntyped(name, args, timeoutMs)) as Result<N>
  }

  /** The same for a name and arguments that are only known at run time. */
  async callUntyped(name: string, args: object, timeoutMs = 0): Promise<unknown> {
    const id = ++this.#id
    this.#send({ execute: name, arguments: args, id })
    const isSilent = commands.find((command) => command.name === name)?.reply === 'errors-only'
    // What is silent on success is followed by a request that is not.
    const marker = isSilent ? ++this.#id : undefined
    if (isSilent) this.#send({ execute: 'guest-ping', id: marker })
    const result = this.#turn.then(() => this.#resultOf(id, marker, timeoutMs))
    this.#turn = result.catch(() => undefined)
    return result
  }

  close(): void {
    this.#connection.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #sync(): Promise<void> {
    const id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
    this.#connection.send(Buffer.of(SENTINEL))
    this.#send({ execute: 'guest-sync-delimited', arguments: { id } })
    const deadline = deadlineIn(SYNC_TIMEOUT_MS)
    for (;;) {
      // Errors about what came before us, replies meant for others, the 0xFF itself.
      const value = await this.#connection.receive(deadline)
      if (isReply(value) && value['return'] === id) return
    }
  }

  /** @param marker the id of the request behind one that is silent on success */
  async #resultOf(id: number, marker: number | undefined, timeoutMs: number): Promise<unknown> {
    const deadline = deadlineIn(timeoutMs)
    for (;;) {
      const reply = await this.#receive(deadline, marker !== undefined)
      if (reply === undefined || reply['id'] === marker) return undefined
      if (reply['id'] !== id) continue
      if (!('error' in reply)) return reply['return']
      const { class: wireClass, desc } = reply['error'] as { class: string; desc: string }
      throw new RefusedError(wireClass, desc)
    }
  }

  #send(request: object): void {
    const pieces = encode(request).map((piece) =>
      typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(toBase64(piece)),
    )
    this.#connection.send(Buffer.concat(pieces))
  }

  /** @param mayVanish a guest that shuts down takes the agent with it, and that is no error */
  async #receive(
    deadline: Deadline,
    mayVanish: boolean,
  ): Promise<Record<string, unknown> | undefined> {
    try {
      const value = await this.#connection.receive(deadline)
      if (isReply(value)) return plain(value) as Record<string, unknown>
      throw new ConnectionLost('The agent sent what is no reply')
    } catch (error) {
      if (mayVanish && error instanceof ConnectionLost) return undefined
      throw error
    }
  }
}

function isReply(value: Incoming): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof MalformedRequest)
}

/** What the reader keeps exact → what a caller works with: doubles, and bytes in one piece. */
function plain(value: unknown): unknown {
  if (value instanceof NumberText) return value.valueOf()
  if (value instanceof EncodedBytes) return new Uint8Array(Buffer.concat(value.decode()))
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
