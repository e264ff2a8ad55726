// SPDX-License-Identifier: Apache-2.0
/** The closed error taxonomy: what a client can be told. Anything else is a bug and is answered as an internal error. */

/** The two error classes that QAPI still has on the wire. */
export type ErrorClass = 'GenericError' | 'CommandNotFound'

/** An error that a client is told about, in the words of its message. */
export abstract class AgentError extends Error {
  abstract readonly wireClass: ErrorClass
}

/** What went wrong, the innermost first. */
export function messages(error: AgentError): [string, ...string[]] {
  if (!(error.cause instanceof AgentError)) return [error.message]
  return [...messages(error.cause), error.message]
}

/** The bytes received are not a request: syntax, limits, or a malformed envelope. */
export class MalformedRequest extends AgentError {
  override readonly name = 'MalformedRequest'
  readonly wireClass = 'GenericError'
}

/** The command is unknown here, or the lists or a freeze refuse it. */
export class CommandUnavailable extends AgentError {
  override readonly name = 'CommandUnavailable'
  readonly wireClass = 'CommandNotFound'
}

/** The arguments do not fit the contract, or name something that does not exist. */
export class InvalidArguments extends AgentError {
  override readonly name = 'InvalidArguments'
  readonly wireClass = 'GenericError'
}

/** The operating system refused; the code is for those who recover. */
export class OsError extends AgentError {
  override readonly name = 'OsError'
  readonly wireClass = 'GenericError'
  /** `ENOENT` and its like. */
  readonly code: string

  constructor(message: string, code: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** This guest cannot do what was asked, whatever the arguments. */
export class Unsupported extends AgentError {
  override readonly name = 'Unsupported'
  readonly wireClass = 'GenericError'
}
