// SPDX-License-Identifier: Apache-2.0
/** Tokens → values. The first fault of a value is told at its token; the rest of the value is passed over. */
import { MalformedRequest } from '../errors.ts'
import type { Lexer } from './lexer.ts'
import { decodeString } from './string-token.ts'
import { SHOWN_MAX, TOKEN, TOKEN_BYTES_MAX } from './token.ts'
import { decodeLossy } from './utf8.ts'
import { Words } from './words.ts'

const TOKENS_MAX = 2 * 1024 * 1024
const NESTING_MAX = 1024

/** What may come next. */
const VALUE = 0
const VALUE_OR_END = 1
const KEY = 2
const KEY_OR_END = 3
const COLON = 4
const COMMA_OR_END = 5

type Container = unknown[] | Record<string, unknown>

export interface ReaderOptions {
  /** The member of a top-level object whose own members may carry base64, and their names. */
  readonly encoded: { readonly parent: string; readonly names: ReadonlySet<string> }
  /** Bytes of all tokens of one value. */
  readonly tokenBytesMax?: number
}

export class Parser {
  readonly #encoded: ReaderOptions['encoded']
  readonly #bytesMax: number
  #expects = VALUE
  /** Open containers, outermost first, and the key under which each object awaits a value. */
  readonly #open: Container[] = []
  readonly #keys: string[] = []
  readonly #words = new Words()
  #braces = 0
  #brackets = 0
  #tokens = 0
  #bytes = 0
  #isSkipping = false

  constructor({ encoded, tokenBytesMax = TOKEN_BYTES_MAX }: ReaderOptions) {
    this.#encoded = encoded
    this.#bytesMax = tokenBytesMax
  }

  /** Whether a string that came now would carry base64. */
  get expectsEncoded(): boolean {
    return (
      this.#expects === VALUE &&
      this.#open.length === 2 &&
      this.#keys[0] === this.#encoded.parent &&
      this.#encoded.names.has(this.#keys[1] as string)
    )
  }

  /** Takes the lexer's token; returns a complete value, a fault, or undefined for neither yet. */
  take(token: Lexer): unknown {
    const kind = token.kind
    if (kind === TOKEN.openBrace) this.#braces++
    else if (kind === TOKEN.closeBrace) this.#braces--
    else if (kind === TOKEN.openBracket) this.#brackets++
    else if (kind === TOKEN.closeBracket) this.#brackets--
    const outcome = this.#isSkipping ? undefined : this.#accept(token, kind)
    const isOpen = this.#braces >= 0 && this.#brackets >= 0 && this.#braces + this.#brackets > 0
    if (!isOpen || kind === TOKEN.stray) this.reset()
    else if (outcome !== undefined) this.#skip()
    return outcome
  }

  /** Forgets an unfinished value. */
  reset(): void {
    this.#clear()
    this.#braces = 0
    this.#brackets = 0
    this.#isSkipping = false
  }

  /** From here to the end of the value only brackets count. */
  #skip(): void {
    this.#clear()
    this.#isSkipping = true
  }

  #clear(): void {
    this.#expects = VALUE
    this.#open.length = 0
    this.#keys.length = 0
    this.#tokens = 0
    this.#bytes = 0
  }

  #accept(token: Lexer, kind: number): unknown {
    if (kind === TOKEN.stray) return fault(token, "stray '", token.text, "'")
    this.#bytes += token.length
    if (this.#bytes + 1 > this.#bytesMax) return limit('token size')
    if (++this.#tokens > TOKENS_MAX) return limit('token count')
    if (this.#braces + this.#brackets > NESTING_MAX) return limit('nesting depth')
    switch (this.#expects) {
      case COLON:
        if (kind !== TOKEN.colon) return fault(token, "expecting ':'")
        this.#expects = VALUE
        return undefined
      case COMMA_OR_END:
        return this.#separator(token, kind)
      case KEY:
      case KEY_OR_END:
        return this.#key(token, kind)
      default:
        return this.#value(token, kind)
    }
  }

  #separator(token: Lexer, kind: number): unknown {
    const isArray = Array.isArray(this.#open.at(-1))
    if (kind === TOKEN.comma) {
      this.#expects = isArray ? VALUE : KEY
      return undefined
    }
    const end = isArray ? TOKEN.closeBracket : TOKEN.closeBrace
    if (kind === end) return this.#close(token)
    return fault(token, `expected ',' or '${isArray ? ']' : '}'}'`)
  }

  #key(token: Lexer, kind: number): unknown {
    if (kind === TOKEN.closeBrace && this.#expects === KEY_OR_END) return this.#close(token)
    if (kind !== TOKEN.string) return fault(token, 'expecting key')
    const key = token.isPlain ? this.#words.at(token) : stringFrom(token)
    if (typeof key !== 'string') return key
    this.#keys.push(key)
    this.#expects = COLON
    return undefined
  }

  #value(token: Lexer, kind: number): unknown {
    switch (kind) {
      case TOKEN.openBrace:
        this.#open.push(Object.create(null))
        this.#expects = KEY_OR_END
        return undefined
      case TOKEN.openBracket:
        this.#open.push([])
        this.#keys.push('')
        this.#expects = VALUE_OR_END
        return undefined
      case TOKEN.closeBracket:
        if (this.#expects === VALUE_OR_END) return this.#close(token)
        return fault(token, 'expecting value')
      case TOKEN.string: {
        // Of the arguments nothing is kept: there may be passwords among them.
        const isWord = token.isPlain && this.#open.length === 1
        const value = isWord ? this.#words.at(token) : stringFrom(token)
        return value instanceof MalformedRequest ? value : this.#complete(token, value)
      }
      case TOKEN.number:
        return this.#complete(token, token.value)
      case TOKEN.keyword:
        return this.#word(token)
      default:
        return fault(token, 'expecting value')
    }
  }

  #word(token: Lexer): unknown {
    const word = token.length <= 'false'.length ? token.text.latin1Slice() : ''
    if (word === 'true') return this.#complete(token, true)
    if (word === 'false') return this.#complete(token, false)
    if (word === 'null') return this.#complete(token, null)
    return fault(token, "invalid keyword '", token.text, "'")
  }

  #close(token: Lexer): unknown {
    const container = this.#open.pop()
    if (Array.isArray(container)) this.#keys.pop()
    return this.#complete(token, container)
  }

  /** Puts a complete value where it belongs, and returns it when it is the outermost. */
  #complete(token: Lexer, value: unknown): unknown {
    const container = this.#open.at(-1)
    if (container === undefined) return value
    this.#expects = COMMA_OR_END
    if (Array.isArray(container)) {
      container.push(value)
      return undefined
    }
    const key = this.#keys.pop() as string
    if (key in container) return fault(token, 'duplicate key')
    container[key] = value
    return undefined
  }
}

/** A string token's value: text, decoded base64, or the fault in it. */
function stringFrom(token: Lexer): unknown {
  if (token.from === token.to) return token.value
  if (token.isPlain) return token.source.latin1Slice(token.from + 1, token.to - 1)
  try {
    const text = decodeString(token.text)
    return token.value ?? text
  } catch (error) {
    if (error instanceof MalformedRequest) return fault(token, error.message)
    throw error
  }
}

/** Upstream cuts the message, not the position before it, to what fits its buffer. */
function fault(token: Lexer, before: string, shown?: Buffer, after = ''): MalformedRequest {
  let message = before
  if (shown !== undefined) {
    // The shown bytes are a C string: they end at the first NUL.
    const nul = shown.indexOf(0)
    const whole = Buffer.concat([
      Buffer.from(before),
      nul < 0 ? shown : shown.subarray(0, nul),
      Buffer.from(after),
    ])
    message = decodeLossy(whole, 0, Math.min(whole.length, SHOWN_MAX))
  }
  return new MalformedRequest(`${token.line}:${token.column}: JSON parse error, ${message}`)
}

function limit(what: string): MalformedRequest {
  return new MalformedRequest(`JSON ${what} limit exceeded`)
}
