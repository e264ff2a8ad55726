// SPDX-License-Identifier: Apache-2.0
/** A client of one thread that blocks, receives into one buffer, and parses only what is small. */
import { type Pointer, ptr } from 'bun:ffi'
import {
  AF_UNIX,
  libc,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  POLLIN,
  POLLOUT,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from './libc.ts'

const DEADLINE_S = 60
const CONNECT_MS = 20_000
const CONNECT_PAUSE_US = 100
const NEWLINE = 0x0a
/** More than the answer to a guest-file-read of 48 MiB. */
const INBOX_BYTES = 72 * 1024 * 1024

/** Where answers go: touched once, so that no page fault falls into a measurement. */
export class Inbox {
  readonly bytes = Buffer.alloc(INBOX_BYTES, 1)
  readonly address = ptr(this.bytes)
}

/** struct sockaddr_un, unix(7) */
function addressOf(path: string): Uint8Array {
  const name = Buffer.from(path)
  const address = new Uint8Array(110)
  new DataView(address.buffer).setUint16(0, AF_UNIX, true)
  address.set(name, 2)
  return address
}

/** The index-th byte behind `pointer`. */
function offset(pointer: Pointer, index: number): Pointer {
  return (pointer + index) as Pointer
}

export class Client {
  readonly inbox: Inbox
  readonly #fd: number

  private constructor(fd: number, inbox: Inbox) {
    this.#fd = fd
    this.inbox = inbox
  }

  /** Waits until somebody listens. */
  static connect(path: string, inbox: Inbox): Client {
    const address = addressOf(path)
    const deadline = performance.now() + CONNECT_MS
    for (;;) {
      const fd = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)
      if (libc.connect(fd, ptr(address), address.length) === 0) {
        const timeout = new BigInt64Array([BigInt(DEADLINE_S), 0n])
        for (const option of [SO_RCVTIMEO, SO_SNDTIMEO])
          libc.setsockopt(fd, SOL_SOCKET, option, ptr(timeout), timeout.byteLength)
        return new Client(fd, inbox)
      }
      libc.close(fd)
      if (performance.now() > deadline) throw new Error('Cannot connect: nobody listens')
      libc.usleep(CONNECT_PAUSE_US)
    }
  }

  send(request: Buffer): void {
    const address = ptr(request)
    for (let sent = 0; sent < request.length; ) {
      const count = libc.send(
        this.#fd,
        offset(address, sent),
        request.length - sent,
        MSG_NOSIGNAL,
      ) as number
      if (count <= 0) throw new Error('Cannot send: the agent is gone or takes nothing')
      sent += count
    }
  }

  /** Receives what is there, to `at` of the inbox; returns where it ends. */
  receive(at: number): number {
    const count = libc.recv(
      this.#fd,
      offset(this.inbox.address, at),
      this.inbox.bytes.length - at,
      0,
    ) as number
    if (count <= 0) throw new Error(`Cannot receive: no answer within ${DEADLINE_S} s, or no agent`)
    return at + count
  }

  /** Sends a request; its answer is in the inbox from `at` on; returns where it ends. Only one may be in flight. */
  exchange(request: Buffer, at = 0): number {
    this.send(request)
    let end = at
    do end = this.receive(end)
    while (this.inbox.bytes[end - 1] !== NEWLINE)
    return end
  }

  /** For small answers that need no clock. */
  call(execute: string, args?: object): unknown {
    const end = this.exchange(requestOf(execute, args))
    const answer = JSON.parse(this.inbox.bytes.toString('utf8', 0, end))
    if (!('return' in answer)) throw new Error(`${execute} failed: ${JSON.stringify(answer)}`)
    return answer.return
  }

  /** Sends while it receives, so that an agent that answers before it has read all gets on, until `isLast`. */
  flood(bytes: Buffer, isLast: (end: number) => boolean): number {
    const address = ptr(bytes)
    let sent = 0
    let end = 0
    while (!isLast(end)) {
      const isSending = sent < bytes.length
      const events = this.#poll(POLLIN | (isSending ? POLLOUT : 0))
      if (events === 0) throw new Error(`Cannot go on: nothing happened for ${DEADLINE_S} s`)
      if ((events & POLLOUT) !== 0) {
        const flags = MSG_DONTWAIT | MSG_NOSIGNAL
        const left = bytes.length - sent
        sent += Math.max(0, libc.send(this.#fd, offset(address, sent), left, flags) as number)
      }
      if ((events & ~POLLOUT) !== 0) end = this.receive(end)
    }
    return end
  }

  [Symbol.dispose](): void {
    libc.close(this.#fd)
  }

  /** struct pollfd, poll(2) */
  #poll(events: number): number {
    const entry = new DataView(new ArrayBuffer(8))
    entry.setInt32(0, this.#fd, true)
    entry.setInt16(4, events, true)
    libc.poll(ptr(entry), 1, DEADLINE_S * 1000)
    return entry.getInt16(6, true)
  }
}

/** Without a newline: a request ends with its last brace. */
export function requestOf(execute: string, args?: object): Buffer {
  return Buffer.from(
    JSON.stringify(args === undefined ? { execute } : { execute, arguments: args }),
  )
}
