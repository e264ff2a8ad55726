// SPDX-License-Identifier: Apache-2.0
/** termios(3): a serial line that carries bytes and does nothing else to them. */
import { bind } from './libc.ts'

/** struct termios: four flag words, the control characters, two speeds. The same in glibc and musl. */
export const TERMIOS = {
  bytes: 60,
  input: 0,
  output: 4,
  control: 8,
  local: 12,
  characters: 17,
} as const
/** Positions in c_cc. */
export const CONTROL = { time: 5, minimum: 6 } as const
/** IGNBRK BRKINT IGNPAR PARMRK INPCK ISTRIP INLCR IGNCR ICRNL IXON IXOFF IXANY IMAXBEL: what alters or swallows input. */
export const INPUT_FLAGS =
  0o1 | 0o2 | 0o4 | 0o10 | 0o20 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000 | 0o4000 | 0o10000 | 0o20000
export const CBAUD = 0o10017
export const B38400 = 0o17
const TCIFLUSH = 0
const TCSANOW = 0

const cGet = bind<(fd: number, into: Buffer) => number>('int tcgetattr(int fd, void *termios)')
const cSet = bind<(fd: number, actions: number, from: Buffer) => number>(
  'int tcsetattr(int fd, int actions, const void *termios)',
)
const cFlush = bind<(fd: number, queue: number) => number>('int tcflush(int fd, int queue)')

/** tcsetattr(3): 38400 baud, each byte as it comes, nothing echoed. What is no terminal stays as it is. */
export function makeRaw(fd: number): void {
  const termios = Buffer.alloc(TERMIOS.bytes)
  if (cGet()(fd, termios) < 0) return
  const { input, output, control, local, characters } = TERMIOS
  termios.writeUInt32LE((termios.readUInt32LE(input) & ~INPUT_FLAGS) >>> 0, input)
  termios.writeUInt32LE(0, output)
  termios.writeUInt32LE(((termios.readUInt32LE(control) & ~CBAUD) | B38400) >>> 0, control)
  termios.writeUInt32LE(0, local)
  termios.writeUInt8(1, characters + CONTROL.minimum)
  termios.writeUInt8(0, characters + CONTROL.time)
  cFlush()(fd, TCIFLUSH)
  cSet()(fd, TCSANOW, termios)
}
