// SPDX-License-Identifier: Apache-2.0
/** The clock that goes on while the machine is off, to its second and to the zone that it is kept in. */
import * as fs from 'node:fs'
import { type ClockFace, readHardwareClock, setHardwareClock } from '../../native/clock.ts'
import { localZone } from '../../native/libc.ts'
import { errnoError, errorCode, systemError } from '../../src/errno.ts'
import { OsError } from '../../src/errors.ts'
import { isHardwareClockLocal } from './parse/adjtime.ts'

/** hwclock(8)'s names for it. */
const DEVICES = ['/dev/rtc0', '/dev/rtc', '/dev/misc/rtc'] as const
const ENOENT = 2
const ADJTIME = '/etc/adjtime'
const RTC_NAME = '/sys/class/rtc/rtc0/name'
/** A PC's clock shows the next second this long after it was set; others at once. */
const CMOS_DELAY_MS = 500
const CMOS = /^rtc_cmos\b/

/** How often, and for how long, the clock is looked at until its second changes. */
const LOOK_MS = 10
const LOOKS_MAX = 150
/** Somebody else may have the device open. */
const BUSY_MS = 100
const BUSY_MAX = 10

/** What the clock is worked with; tests bring their own. */
export interface HardwareClockSeams {
  /** The device, or where one would be. */
  path(): string
  isThere(): boolean
  /** @throws OsError or what node:fs throws */
  read(): ClockFace
  /** @throws OsError or what node:fs throws */
  set(face: ClockFace): void
  /** Whether it shows local time. */
  isLocal(): boolean
  /** How long after it was set it shows the next second, in milliseconds. */
  delayMs(): number
  /** Seconds east of UTC in the guest's zone. */
  offsetAt(secondsSinceEpoch: number): number
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number
  sleep(ms: number): Promise<void>
}

export function hardwareClock(action: string): HardwareClockSeams {
  return {
    path: device,
    isThere: () => fs.existsSync(device()),
    read: () => readHardwareClock(`${action}: ${device()}`, device()),
    set: (face) => setHardwareClock(`${action}: ${device()}`, device(), face),
    isLocal: () => isHardwareClockLocal(textOf(ADJTIME)),
    delayMs: () => (CMOS.test(textOf(RTC_NAME)) ? CMOS_DELAY_MS : 0),
    offsetAt: (seconds) => localZone(seconds)?.offset ?? 0,
    now: Date.now,
    sleep: Bun.sleep,
  }
}

/** The first that is there, else the first. */
function device(): string {
  return DEVICES.find((path) => fs.existsSync(path)) ?? DEVICES[0]
}

function textOf(path: string): string {
  try {
    return fs.readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/**
 * Sets the hardware clock to the system's time, when a second begins for it.
 * @throws OsError `action: …`
 */
export async function setToSystemTime(action: string, clock: HardwareClockSeams): Promise<void> {
  // Not to wait for nothing.
  if (!clock.isThere()) throw errnoError(`${action}: ${clock.path()}`, ENOENT)
  const late = (clock.now() - clock.delayMs()) % 1000
  await clock.sleep((1000 - late) % 1000)
  const seconds = Math.floor((clock.now() - clock.delayMs() + 1) / 1000)
  await patiently(action, clock, () => clock.set(faceOf(seconds, clock)))
}

/**
 * The time of the hardware clock, in seconds since 1970-01-01 UTC, at the moment that its second begins.
 * @throws OsError `action: …`
 */
export async function hardwareTime(action: string, clock: HardwareClockSeams): Promise<number> {
  const look = () => patiently(action, clock, () => secondsOf(clock.read(), clock))
  const first = await look()
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    await clock.sleep(LOOK_MS)
    const seconds = await look()
    if (seconds !== first) return seconds
  }
  // It stands still.
  return first
}

/** Asks again while somebody else has the device. */
async function patiently<T>(action: string, clock: HardwareClockSeams, work: () => T): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return work()
    } catch (error) {
      if (error instanceof OsError) throw error
      if (errorCode(error) !== 'EBUSY' || tries === BUSY_MAX)
        throw systemError(`${action}: ${clock.path()}`, error)
      await clock.sleep(BUSY_MS)
    }
  }
}

function faceOf(seconds: number, clock: HardwareClockSeams): ClockFace {
  const shown = clock.isLocal() ? seconds + clock.offsetAt(seconds) : seconds
  const date = new Date(shown * 1000)
  return [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ]
}

function secondsOf(face: ClockFace, clock: HardwareClockSeams): number {
  const [year, month, day, hour, minute, second] = face
  const shown = Date.UTC(year, month - 1, day, hour, minute, second) / 1000
  if (!clock.isLocal()) return shown
  // The zone's offset depends on the time that is looked for: twice is enough but for the hour that summer time skips.
  const near = shown - clock.offsetAt(shown)
  return shown - clock.offsetAt(near)
}
