// SPDX-License-Identifier: Apache-2.0
/** What the system says of its error codes: FormatMessageW. */
import { OsError } from '../src/errors.ts'
import { library, systemDirectory } from './windows-library.ts'

const FORMAT_MESSAGE_IGNORE_INSERTS = 0x200
const FORMAT_MESSAGE_FROM_HMODULE = 0x800
const FORMAT_MESSAGE_FROM_SYSTEM = 0x1000
const MESSAGE_CHARACTERS_MAX = 512
/** English of the United States, which hosts can read; else the languages of the system, in its order. */
const LANGUAGES = [0x409, 0] as const

const FormatMessageW = library('kernel32.dll')<
  (
    flags: number,
    source: bigint | null,
    code: number,
    language: number,
    text: Buffer,
    characters: number,
    inserts: null,
  ) => number
>(
  'uint32_t __stdcall FormatMessageW(uint32_t flags, void *source, uint32_t code, uint32_t language, void *text, uint32_t characters, void *inserts)',
)

/** NERR_BASE to MAX_NERR: what netapi32 returns has its words in a file of its own. */
const NETWORK_CODES = { first: 2100, last: 2999 } as const
const LOAD_LIBRARY_AS_DATAFILE = 2
const LoadLibraryExW = library('kernel32.dll')<
  (path: string, file: null, flags: number) => bigint | null
>('void * __stdcall LoadLibraryExW(str16 path, void *file, uint32_t flags)')

/** The words for an error code or HRESULT, without the line end; undefined when the system has none. */
export function systemText(code: number): string | undefined {
  const isNetwork = code >= NETWORK_CODES.first && code <= NETWORK_CODES.last
  const module = isNetwork
    ? LoadLibraryExW(`${systemDirectory()}\\netmsg.dll`, null, LOAD_LIBRARY_AS_DATAFILE)
    : null
  const origin = module === null ? FORMAT_MESSAGE_FROM_SYSTEM : FORMAT_MESSAGE_FROM_HMODULE
  const flags = origin | FORMAT_MESSAGE_IGNORE_INSERTS
  const text = Buffer.alloc(2 * MESSAGE_CHARACTERS_MAX)
  for (const language of LANGUAGES) {
    const length = FormatMessageW(flags, module, code, language, text, MESSAGE_CHARACTERS_MAX, null)
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
