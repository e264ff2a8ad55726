// SPDX-License-Identifier: Apache-2.0
/** The system clock and the hardware clock: clock_settime(2), rtc(4). */
import * as fs from 'node:fs'
import { bind, must } from './libc.ts'

const CLOCK_REALTIME = 0
const TIMESPEC_BYTES = 16
const cClockSettime = bind<(clock: number, time: Buffer) => number>(
  'int clock_settime(int clock, const void *time)',
)

/** clock_settime(2) of CLOCK_REALTIME; the kernel refuses nanoseconds below 0. */
export function setRealTime(action: string, seconds: bigint, nanoseconds: bigint): void {
  const time = Buffer.alloc(TIMESPEC_BYTES)
  time.writeBigInt64LE(seconds)
  time.writeBigInt64LE(nanoseconds, 8)
  must(action, cClockSettime()(CLOCK_REALTIME, time))
}

/** struct rtc_time: nine ints, as struct tm begins. */
export const RTC_TIME = { bytes: 36 } as const
export const RTC_RD_TIME = 0x80247009
export const RTC_SET_TIME = 0x4024700a
const cIoctl = bind<(fd: number, request: number, argument: Buffer) => number>(
  'int ioctl(int fd, unsigned long request, void *argument)',
)

/** What a hardware clock shows: year, month 1–12, day, hour, minute, second. It knows no zone. */
export type ClockFace = readonly [number, number, number, number, number, number]

/** Only one process has the device at a time, so it is closed at once. @throws OsError or what node:fs throws */
export function readHardwareClock(action: string, path: string): ClockFace {
  const time = Buffer.alloc(RTC_TIME.bytes)
  withDevice(path, (fd) => must(action, cIoctl()(fd, RTC_RD_TIME, time)))
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = new Int32Array(
    time.buffer,
    time.byteOffset,
    6,
  )
  return [year + 1900, month + 1, day, hour, minute, second]
}

/** @throws OsError or what node:fs throws */
export function setHardwareClock(action: string, path: string, face: ClockFace): void {
  const [year, month, day, hour, minute, second] = face
  const time = Buffer.alloc(RTC_TIME.bytes)
  for (const [i, value] of [second, minute, hour, day, month - 1, year - 1900].entries()) {
    time.writeInt32LE(value, 4 * i)
  }
  withDevice(path, (fd) => must(action, cIoctl()(fd, RTC_SET_TIME, time)))
}

function withDevice(path: string, use: (fd: number) => void): void {
  const fd = fs.openSync(path, fs.constants.O_RDONLY)
  try {
    use(fd)
  } finally {
    fs.closeSync(fd)
  }
}
