// SPDX-License-Identifier: Apache-2.0
/** Between a channel, which knows devices and sockets, and the agent, which knows requests: only bytes. */

/** The other end, as long as it is there. */
export interface Peer {
  /**
   * Offers bytes to the system and returns how many it took; `Session.writable` follows when that was not all.
   * -1: the peer will never read again. What it has sent still counts, and its end is still to come.
   */
  write(bytes: Uint8Array): number
  /** Stops and restarts `Session.received`. */
  pause(): void
  resume(): void
  /** All that the peer asked for is done and it will send no more: let it go, the next may come. */
  end(): void
}

/** What a channel tells the agent. One peer at a time. */
export interface Session {
  connected(peer: Peer): void
  /** @param bytes the session's own from here on: it may free their memory */
  received(bytes: Buffer): void
  /** There is room to write again. */
  writable(): void
  /** The peer will send no more, but may still read. */
  inputEnded(): void
  disconnected(): void
}
