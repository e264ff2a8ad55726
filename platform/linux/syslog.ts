// SPDX-License-Identifier: Apache-2.0
/** syslog(3) without its waiting: one datagram, or none when the daemon does not keep up. It is safe while file systems are frozen. */
import { existsSync } from 'node:fs'
import { datagramSocket, sendDatagram } from '../../native/libc.ts'
import type { Accounts } from '../../src/log.ts'

const SOCKET = '/dev/log'
/** Facility user, severity info. */
const PRIORITY = 8 + 6
/** Longer messages are cut: a datagram has to fit the daemon's buffer. */
const MESSAGE_MAX = 2048
/** Those of ASCII, of Latin-1 that terminals act on, and Unicode's line ends and changes of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** @param program the name that lines carry */
export function createAccounts(program: string): Accounts {
  let socket = -1
  let lost = 0

  /** Whether the daemon, or at least its socket, has taken the message. */
  function send(message: string): boolean {
    const text = `<${PRIORITY}>${timestamp(new Date())} ${program}: info: ${oneLine(message)}`
    try {
      if (socket < 0) socket = datagramSocket()
      return sendDatagram(socket, SOCKET, Buffer.from(text.slice(0, MESSAGE_MAX)))
    } catch {
      // No descriptor is left, or koffi cannot be loaded: the command itself will say so.
      return false
    }
  }

  const tell = (message: string) => {
    // Without a daemon there is nothing to load koffi for.
    if (socket < 0 && !existsSync(SOCKET)) return
    if (lost > 0 && send(`${lost} messages lost`)) lost = 0
    if (!send(message)) lost++
  }
  // A datagram is there at once, or never.
  return { tell, flush: () => Promise.resolve() }
}

/** Control characters as rsyslog shows their bytes, `#012`: a daemon that writes them out would let a client forge lines. */
function oneLine(message: string): string {
  return message.replace(CONTROL, (character) =>
    Array.from(Buffer.from(character), (byte) => `#${byte.toString(8).padStart(3, '0')}`).join(''),
  )
}

/** `Nov  7 09:03:00`, local time, as syslogd expects it. */
function timestamp(date: Date): string {
  const day = String(date.getDate()).padStart(2, ' ')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  )
  return `${MONTHS[date.getMonth()]} ${day} ${clock.join(':')}`
}
