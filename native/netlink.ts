// SPDX-License-Identifier: Apache-2.0
/** Dumps of the kernel's network tables: netlink(7), rtnetlink(7). */
import * as fs from 'node:fs'
import { errnoError } from '../src/errno.ts'
import { bind, must } from './libc.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const NETLINK_ROUTE = 0

const NLM_F_REQUEST = 1
const NLM_F_DUMP = 0x300
const NLM_F_DUMP_INTR = 0x10
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
/** struct nlmsghdr: u32 length with itself, u16 type, u16 flags, u32 sequence, u32 port. */
export const NLMSGHDR = { bytes: 16, type: 4, flags: 6, sequence: 8 } as const
const NLMSG_ALIGN = 4
/** The kernel fills datagrams of up to this many bytes. */
const BUFFER_BYTES = 32 * 1024
/** How often a dump is begun again because the table changed meanwhile; the last is taken as it is. */
const ATTEMPTS = 5

const cSocket = bind<(family: number, type: number, protocol: number) => number>(
  'int socket(int family, int type, int protocol)',
)
const cSend = bind<(fd: number, data: Buffer, size: number, flags: number) => number | bigint>(
  'long send(int fd, const void *data, size_t size, int flags)',
)
const cRecv = bind<(fd: number, data: Buffer, size: number, flags: number) => number | bigint>(
  'long recv(int fd, void *data, size_t size, int flags)',
)

export interface NetlinkMessage {
  readonly type: number
  /** What follows the header: the family's struct, then attributes. */
  readonly payload: Buffer
}

/**
 * The dumps that the requests ask for, one after the other on one socket.
 * @param requests each a type such as RTM_GETLINK, and the struct that follows the header
 * @throws OsError `action: strerror`
 */
export function dumpTables(
  action: string,
  requests: readonly { readonly type: number; readonly payload: Buffer }[],
): NetlinkMessage[][] {
  const fd = must(action, cSocket()(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
  try {
    let sequence = 0
    return requests.map(({ type, payload }) => {
      for (let attempt = 1; ; attempt++) {
        send(action, fd, type, ++sequence, payload)
        const { messages, isWhole } = receive(action, fd, sequence)
        if (isWhole || attempt === ATTEMPTS) return messages
      }
    })
  } finally {
    fs.closeSync(fd)
  }
}

function send(action: string, fd: number, type: number, sequence: number, payload: Buffer): void {
  const message = Buffer.alloc(NLMSGHDR.bytes + payload.length)
  message.writeUInt32LE(message.length)
  message.writeUInt16LE(type, NLMSGHDR.type)
  message.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, NLMSGHDR.flags)
  message.writeUInt32LE(sequence, NLMSGHDR.sequence)
  payload.copy(message, NLMSGHDR.bytes)
  must(action, Number(cSend()(fd, message, message.length, 0)))
}

/** One dump, to its end. It is not whole when the table changed while it was read. */
function receive(
  action: string,
  fd: number,
  sequence: number,
): { messages: NetlinkMessage[]; isWhole: boolean } {
  const messages: NetlinkMessage[] = []
  let isWhole = true
  for (;;) {
    const datagram = Buffer.allocUnsafe(BUFFER_BYTES)
    const size = must(action, Number(cRecv()(fd, datagram, datagram.length, 0)))
    if (size === 0) return { messages, isWhole }
    for (let at = 0; at + NLMSGHDR.bytes <= size; ) {
      const length = datagram.readUInt32LE(at)
      if (length < NLMSGHDR.bytes || at + length > size) break
      const type = datagram.readUInt16LE(at + NLMSGHDR.type)
      const payload = datagram.subarray(at + NLMSGHDR.bytes, at + length)
      const isOurs = datagram.readUInt32LE(at + NLMSGHDR.sequence) === sequence
      if (isOurs) {
        if ((datagram.readUInt16LE(at + NLMSGHDR.flags) & NLM_F_DUMP_INTR) !== 0) isWhole = false
        if (type === NLMSG_DONE) return { messages, isWhole }
        if (type === NLMSG_ERROR) throw errnoError(action, -payload.readInt32LE())
        messages.push({ type, payload })
      }
      at += Math.ceil(length / NLMSG_ALIGN) * NLMSG_ALIGN
    }
  }
}
