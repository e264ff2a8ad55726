// SPDX-License-Identifier: Apache-2.0
/** HRESULTs: what COM and VSS answer with. winerror.h, vsserror.h */
import { OsError } from '../src/errors.ts'
import { systemText } from './win32-error.ts'

/** As COM has them: negative for failures. */
export type Hresult = number

export const E_FAIL = 0x80004005
export const RPC_E_CHANGED_MODE = 0x80010106
export const RPC_S_SERVER_UNAVAILABLE = 0x800706ba
export const RPC_S_CALL_FAILED = 0x800706be
export const ERROR_TIMEOUT = 0x800705b4

export const VSS_S_ASYNC_PENDING = 0x00042309
export const VSS_E_OBJECT_NOT_FOUND = 0x80042308
export const VSS_E_VOLUME_NOT_SUPPORTED = 0x8004230c
export const VSS_E_OBJECT_ALREADY_EXISTS = 0x8004230d
export const VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER = 0x8004230e
export const VSS_E_UNEXPECTED_PROVIDER_ERROR = 0x8004230f
export const VSS_E_FLUSH_WRITES_TIMEOUT = 0x80042313
export const VSS_E_HOLD_WRITES_TIMEOUT = 0x80042314
export const VSS_E_SNAPSHOT_SET_IN_PROGRESS = 0x80042316
export const VSS_E_UNSUPPORTED_CONTEXT = 0x8004231b

/** Windows has texts for few of them, and an administrator finds more by the name than by the number. */
export const NAMES: Readonly<Record<number, string>> = {
  [E_FAIL]: 'E_FAIL',
  2147549183: 'E_UNEXPECTED',
  2147500033: 'E_NOTIMPL',
  2147500034: 'E_NOINTERFACE',
  2147746132: 'REGDB_E_CLASSNOTREG',
  2147942405: 'E_ACCESSDENIED',
  2147942414: 'E_OUTOFMEMORY',
  2147942487: 'E_INVALIDARG',
  2147754753: 'VSS_E_BAD_STATE',
  2147754754: 'VSS_E_UNEXPECTED',
  2147754755: 'VSS_E_PROVIDER_ALREADY_REGISTERED',
  2147754756: 'VSS_E_PROVIDER_NOT_REGISTERED',
  2147754758: 'VSS_E_PROVIDER_VETO',
  2147754759: 'VSS_E_PROVIDER_IN_USE',
  [VSS_E_OBJECT_NOT_FOUND]: 'VSS_E_OBJECT_NOT_FOUND',
  [VSS_S_ASYNC_PENDING]: 'VSS_S_ASYNC_PENDING',
  271114: 'VSS_S_ASYNC_FINISHED',
  271115: 'VSS_S_ASYNC_CANCELLED',
  [VSS_E_VOLUME_NOT_SUPPORTED]: 'VSS_E_VOLUME_NOT_SUPPORTED',
  [VSS_E_OBJECT_ALREADY_EXISTS]: 'VSS_E_OBJECT_ALREADY_EXISTS',
  [VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER]: 'VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER',
  [VSS_E_UNEXPECTED_PROVIDER_ERROR]: 'VSS_E_UNEXPECTED_PROVIDER_ERROR',
  2147754770: 'VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED',
  [VSS_E_FLUSH_WRITES_TIMEOUT]: 'VSS_E_FLUSH_WRITES_TIMEOUT',
  [VSS_E_HOLD_WRITES_TIMEOUT]: 'VSS_E_HOLD_WRITES_TIMEOUT',
  2147754773: 'VSS_E_UNEXPECTED_WRITER_ERROR',
  [VSS_E_SNAPSHOT_SET_IN_PROGRESS]: 'VSS_E_SNAPSHOT_SET_IN_PROGRESS',
  2147754775: 'VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED',
  2147754776: 'VSS_E_WRITER_INFRASTRUCTURE',
  2147754777: 'VSS_E_WRITER_NOT_RESPONDING',
  [VSS_E_UNSUPPORTED_CONTEXT]: 'VSS_E_UNSUPPORTED_CONTEXT',
  2147754783: 'VSS_E_INSUFFICIENT_STORAGE',
  2147754792: 'VSS_E_TRANSACTION_FREEZE_TIMEOUT',
  2147754793: 'VSS_E_TRANSACTION_THAW_TIMEOUT',
  2147754797: 'VSS_E_VOLUME_NOT_LOCAL',
  2147754992: 'VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT',
  2147754993: 'VSS_E_WRITERERROR_OUTOFRESOURCES',
  2147754994: 'VSS_E_WRITERERROR_TIMEOUT',
  2147754995: 'VSS_E_WRITERERROR_RETRYABLE',
  2147754996: 'VSS_E_WRITERERROR_NONRETRYABLE',
}

/** `0x80042316 VSS_E_SNAPSHOT_SET_IN_PROGRESS` */
export function hresultName(code: Hresult): string {
  const unsigned = code >>> 0
  const name = NAMES[unsigned]
  return `0x${unsigned.toString(16)}${name === undefined ? '' : ` ${name}`}`
}

/** A failure of COM; its message begins with upstream's. */
export class HresultError extends OsError {
  readonly hresult: Hresult
  /** The code behind it, where upstream's is a general one. */
  readonly reason: Hresult
  readonly #parts: readonly [action: string, said: string | undefined, details: readonly string[]]

  /**
   * @param action upstream's words
   * @param details what upstream does not say
   */
  constructor(
    action: string,
    [code, reason = code]: readonly [code: Hresult, reason?: Hresult],
    said: string | undefined,
    ...details: string[]
  ) {
    super(message(action, code >>> 0, said, details), `HRESULT_${(code >>> 0).toString(16)}`)
    this.hresult = code >>> 0
    this.reason = reason >>> 0
    this.#parts = [action, said, details]
  }

  /** The same, with more of what is known. */
  with(...more: readonly string[]): HresultError {
    const [action, said, details] = this.#parts
    return new HresultError(action, [this.hresult, this.reason], said, ...details, ...more)
  }

  /** The same, with the code behind it. */
  because(reason: Hresult): HresultError {
    const [action, said, details] = this.#parts
    const named = [...details, hresultName(reason)]
    return new HresultError(action, [this.hresult, reason], said, ...named)
  }
}

function message(action: string, code: number, said: string | undefined, details: string[]) {
  const name = NAMES[code]
  const reason = said === undefined ? name : name === undefined ? said : `${said} (${name})`
  const known = [...(reason === undefined ? [] : [reason]), ...details].join('; ')
  return `${action}: Windows error 0x${code.toString(16)}: ${known}`
}

/** As upstream words it: `action: Windows error 0x…: system message`, for HRESULTs and for GetLastError's codes. */
export function hresultError(action: string, code: Hresult, ...details: string[]): HresultError {
  return new HresultError(action, [code], systemText(code >>> 0), ...details)
}

/** @throws HresultError when it is a failure */
export function must(action: string, result: Hresult): void {
  if (result < 0) throw hresultError(action, result)
}
