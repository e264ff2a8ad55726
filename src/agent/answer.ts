// SPDX-License-Identifier: Apache-2.0
/** What happens to one request, from the parsed value to the reply. The only place that catches. */
import * as z from 'zod/mini'
import { AgentError, CommandUnavailable, InvalidArguments, MalformedRequest } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Command } from '../schema/command.ts'
import { type Request, requestFrom } from '../wire/envelope.ts'
import type { Incoming } from '../wire/reader.ts'
import { encode, type Piece } from '../wire/writer.ts'
import { createAudit } from './audit.ts'
import { explain } from './explain.ts'
import type { Policy } from './policy.ts'
import { readDataLine } from './redact.ts'
import type { Registered, Registry } from './registry.ts'
import { disabled } from './rules.ts'

/** A reply line, ready to go out; undefined is silence, which errors-only commands owe on success. */
export type Reply = readonly Piece[] | undefined

/** Who waits for a reply; nobody does any more once it is not wanted. */
export interface Asker {
  isWanted: boolean
}

/** Answers for the values of the stream. Nothing here ever throws. */
export interface Answers {
  answer(incoming: Incoming, asker?: Asker): Reply | Promise<Reply>
  /** The command that is asked for, if it exists. */
  commandOf(incoming: Incoming): Command | undefined
  /** Whether it may run now. */
  isEnabled(command: Command): boolean
  /** The reply to a request that is not carried out. */
  refuse(incoming: Incoming, error: AgentError): Reply
  /** Tells the system's log what it was not told yet. */
  flush(): void
}

/** Goes before the reply to guest-sync-delimited; no JSON text holds this byte. */
const SENTINEL = '\xff'
const INTERNAL = { wireClass: 'GenericError', message: 'Internal error' } as const
const NO_ARGUMENTS = Object.freeze(Object.create(null)) as object

export function createAnswers(registry: Registry, policy: Policy, log: Log): Answers {
  const audit = createAudit((line) => log.account(line))

  function answer(incoming: Incoming, asker?: Asker): Reply | Promise<Reply> {
    if (incoming instanceof MalformedRequest) return failure(incoming, undefined)
    const id = idOf(incoming)
    try {
      const request = requestFrom(incoming)
      const registered = admit(request.execute)
      if (log.isVerbose) log.write('debug', readDataLine(registered.command, request))
      const { command, handler } = registered
      const args = argumentsOf(command, request)
      const result = handler(args as never, policy.permitFor(command, args))
      if (!(result instanceof Promise)) return done(command, request.arguments, result, id)
      return result
        .then((value) => {
          if (asker?.isWanted === false) undo(command, value)
          return done(command, request.arguments, value, id)
        })
        .catch((error) => failed(incoming, error))
    } catch (error) {
      return failed(incoming, error)
    }
  }

  function admit(name: string): Registered {
    const registered = registry.get(name)
    if (registered === undefined) {
      throw new CommandUnavailable(`The command ${name} has not been found`)
    }
    if (!policy.isEnabled(registered.command)) throw disabled(registered.command)
    return registered
  }

  function done(command: Command, args: unknown, value: unknown, id: unknown): Reply {
    const reply = success(command, value, id)
    if (command.audited) audit.tell(command, args, { value })
    return reply
  }

  function failed(incoming: Incoming, error: unknown): Reply {
    const command = commandOf(incoming)
    if (command?.audited && isObject(incoming)) {
      const isOurs = error instanceof AgentError
      const { wireClass, message } = isOurs ? error : INTERNAL
      audit.tell(command, incoming['arguments'], { wireClass, message })
    }
    return failure(error, idOf(incoming))
  }

  function commandOf(incoming: Incoming): Command | undefined {
    return registry.get(commandName(incoming) ?? '')?.command
  }

  function failure(error: unknown, id: unknown): Reply {
    if (error instanceof AgentError) return errorReply(error.wireClass, error.message, id)
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log.write('critical', `internal error: ${text}`)
    return errorReply(INTERNAL.wireClass, INTERNAL.message, id)
  }

  /** A file that was opened for nobody would stay open for ever. */
  function undo({ undoneBy }: Command, value: unknown): void {
    if (undoneBy === undefined) return
    const handler = registry.get(undoneBy.command)?.handler
    const undone = handler?.({ [undoneBy.argument]: value } as never)
    if (undone instanceof Promise) undone.catch((error: unknown) => failure(error, undefined))
  }

  return {
    answer,
    commandOf,
    isEnabled: (command) => policy.isEnabled(command),
    refuse: failed,
    flush: () => audit.flush(),
  }
}

/** The name of the command that is asked for, whether it exists or not. */
export function commandName(incoming: Incoming): string | undefined {
  const name = isObject(incoming) ? incoming['execute'] : undefined
  return typeof name === 'string' ? name : undefined
}

/** What becomes of absent arguments: most requests have none, and the check always says the same. */
const absent = new WeakMap<Command, object>()

function argumentsOf(command: Command, request: Request): object {
  if (request.arguments !== undefined) return checked(command, request.arguments)
  const known = absent.get(command)
  if (known !== undefined) return known
  const args = Object.freeze(checked(command, NO_ARGUMENTS))
  absent.set(command, args)
  return args
}

/** @throws InvalidArguments in upstream's words */
function checked(command: Command, args: object): object {
  const parsed = z.safeParse(command.args, args)
  if (parsed.success) return parsed.data as object
  const [issue] = parsed.error.issues
  throw new InvalidArguments(explain(command.args, args, issue as z.core.$ZodIssue))
}

/** @param id undefined when there is none: JSON has no such value */
function success(command: Command, value: unknown, id: unknown): Reply {
  if (command.reply === 'errors-only') return undefined
  const pieces = encode(id === undefined ? { return: value } : { return: value, id })
  return command.reply === 'delimited' ? [SENTINEL, ...pieces] : pieces
}

function errorReply(wireClass: string, desc: string, id: unknown): Reply {
  const error = { class: wireClass, desc }
  return encode(id === undefined ? { error } : { id, error })
}

/** The id is echoed as soon as there is an object to have one, whatever else is wrong with it. */
function idOf(incoming: Incoming): unknown {
  return isObject(incoming) ? incoming['id'] : undefined
}

function isObject(incoming: Incoming): incoming is Record<string, unknown> {
  return (
    typeof incoming === 'object' && incoming !== null && Object.getPrototypeOf(incoming) === null
  )
}
