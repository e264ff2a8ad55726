// SPDX-License-Identifier: Apache-2.0
/** What the system says of its error codes: FormatMessageW. */
import { OsError } from '../src/errors.ts'
import { library } from './windows-library.ts'

const FORMAT_MESSAGE_IGNORE_INSERTS = 0x200
const FORMAT_MESSAGE_FROM_SYSTEM = 0x1000
const MESSAGE_CHARACTERS_MAX = 512
/** English of the United States, which hosts can read; else the languages of the system, in its order. */
const LANGUAGES = [0x409, 0] as const

const FormatMessageW = library('kernel32.dll')<
  (
    flags: number,
    source: null,
    code: number,
    language: number,
    text: Buffer,
    characters: number,
    inserts: null,
  ) => number
>(
  'uint32_t __stdcall FormatMessageW(uint32_t flags, void *source, uint32_t code, uint32_t language, void *text, uint32_t characters, void *inserts)',
)

/** The words for an error code or HRESULT, without the line end; undefined when the system has none. */
export function systemText(code: number): string | undefined {
  const flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS
  const text = Buffer.alloc(2 * MESSAGE_CHARACTERS_MAX)
  for (const language of LANGUAGES) {
    const length = FormatMessageW(flags, null, code, language, text, MESSAGE_CHARACTERS_MAX, null)
    if (length > 0) return text.toString('utf16le', 0, 2 * length).trimEnd()
  }
  return undefined
}

function systemMessage(code: number): string {
  return systemText(code) ?? `error ${code <= 0xffff ? code : `0x${code.toString(16)}`}`
}

/** An error of the system; tests on other systems make them up. */
export class Win32Error extends OsError {
  readonly number: number

  constructor(action: string, number: number, said: string) {
    super(`${action}: ${said}`, `WIN32_${number}`)
    this.number = number
  }
}

/** `action: system message`, for an error code as GetLastError and others give it. */
export function win32Error(action: string, code: number): Win32Error {
  return new Win32Error(action, code >>> 0, systemMessage(code >>> 0))
}
