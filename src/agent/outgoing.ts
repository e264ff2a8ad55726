// SPDX-License-Identifier: Apache-2.0
/** Replies on their way to the peer: small ones gathered into one write, large ones sent slice by slice. */
import type { Piece } from '../wire/writer.ts'
import type { Peer } from './channel.ts'
import type { Idle } from './idle.ts'

/** A multiple of 3, so that the base64 of slices joins without padding. */
const SLICE_BYTES = 384 * 1024
/** Room for the base64 of a slice and what stands around it. */
const BUFFER_BYTES = (SLICE_BYTES / 3) * 4 + 4096

const SMALL = 4096

export class Outgoing {
  readonly #idle: Idle
  #peer: Peer | undefined
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #start = 0
  #end = 0
  /** What goes behind that, not copied yet: one copy of many small texts costs less than one of each. */
  #text = ''
  #resume: (() => void) | undefined

  /** @param idle told of what is written */
  constructor(idle: Idle) {
    this.#idle = idle
  }

  attach(peer: Peer): void {
    this.#peer = peer
  }

  /** The peer has gone: what was meant for it is dropped, now and until the next one comes. */
  detach(): void {
    this.#peer = undefined
    this.#drop()
    this.writable()
  }

  /** There is room to write again. */
  writable(): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  /** Takes a reply; a promise when it has to wait for the peer. Call `flush` when no more is at hand. */
  send(pieces: readonly Piece[]): undefined | Promise<void> {
    if (!this.#fits(pieces)) return this.#sendAll(pieces)
    for (const piece of pieces) this.#append(piece)
    return undefined
  }

  /** Writes what has been gathered; a promise when the peer does not take it all at once. */
  flush(): undefined | Promise<void> {
    this.#copy(this.#text)
    this.#text = ''
    if (this.#peer !== undefined && this.#start < this.#end) {
      const taken = this.#peer.write(this.#buffer.subarray(this.#start, this.#end))
      // To wait for a peer that is dead, with its input paused, would be to wait for ever.
      if (taken < 0) this.detach()
      else this.#start += taken
      if (this.#start < this.#end) return this.#waitAndFlush()
    }
    this.#drop()
    return undefined
  }

  #drop(): void {
    this.#start = 0
    this.#end = 0
    this.#text = ''
  }

  async #waitAndFlush(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#resume = resolve
    })
    await this.flush()
  }

  async #sendAll(pieces: readonly Piece[]): Promise<void> {
    const peer = this.#peer
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += SLICE_BYTES) {
        const end = Math.min(piece.length, at + SLICE_BYTES)
        const text = typeof piece === 'string' ? piece.slice(at, end) : base64(piece, at, end)
        if (text.length > this.#room) await this.flush()
        // The next peer may be there already, and this is not for it.
        if (peer === undefined || this.#peer !== peer) return
        this.#append(text)
      }
    }
  }

  #fits(pieces: readonly Piece[]): pieces is readonly string[] {
    let length = 0
    for (const piece of pieces) {
      if (typeof piece !== 'string') return false
      length += piece.length
    }
    return length <= this.#room
  }

  #append(text: string): void {
    if (text.length < SMALL) this.#text += text
    else {
      // To join large texts would be one more copy of them.
      this.#copy(this.#text)
      this.#text = ''
      this.#copy(text)
    }
  }

  #copy(text: string): void {
    if (text === '') return
    this.#idle.worked(text.length)
    this.#end += this.#buffer.latin1Write(text, this.#end)
  }

  /** Characters that may still be gathered. */
  get #room(): number {
    return BUFFER_BYTES - this.#end - this.#text.length
  }
}

function base64(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).base64Slice()
}
