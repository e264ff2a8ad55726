// SPDX-License-Identifier: Apache-2.0
/** Text put together from millions of small parts, without a string for each of them. */

const CHUNK_UNITS = 8192

export class TextBuilder {
  readonly #chunk = new Uint16Array(CHUNK_UNITS)
  #used = 0
  #text = ''

  /** Adds one UTF-16 code unit. */
  unit(unit: number): void {
    if (this.#used === CHUNK_UNITS) this.#flush()
    this.#chunk[this.#used++] = unit
  }

  codePoint(codePoint: number): void {
    if (codePoint < 0x10000) this.unit(codePoint)
    else {
      this.unit(0xd800 + ((codePoint - 0x10000) >> 10))
      this.unit(0xdc00 + ((codePoint - 0x10000) & 0x3ff))
    }
  }

  /** Adds text that is there already. */
  text(text: string): void {
    if (text.length > CHUNK_UNITS) {
      this.#flush()
      this.#text += text
    } else for (let i = 0; i < text.length; i++) this.unit(text.charCodeAt(i))
  }

  toString(): string {
    this.#flush()
    return this.#text
  }

  #flush(): void {
    this.#text += String.fromCharCode(...this.#chunk.subarray(0, this.#used))
    this.#used = 0
  }
}
