// SPDX-License-Identifier: Apache-2.0
/** DYNAMIC_TIME_ZONE_INFORMATION, as GetDynamicTimeZoneInformation fills it. */

/** Biases in minutes west of UTC, 32 bits each; names of 32 UTF-16 units. */
export const TIME_ZONE = {
  bias: 0,
  standardName: 4,
  standardBias: 84,
  daylightName: 88,
  daylightBias: 168,
} as const
const NAME_BYTES = 64

/** What GetDynamicTimeZoneInformation returns: the half that it is now. */
const STANDARD = 1
const DAYLIGHT = 2
const INVALID = 0xffffffff
const SECONDS_PER_MINUTE = 60

/** The name, and seconds east of UTC now; undefined when Windows could not tell. */
export function parseTimeZone(half: number, bytes: Buffer) {
  if (half === INVALID) return undefined
  const isDaylight = half === DAYLIGHT
  const at = isDaylight ? TIME_ZONE.daylightBias : TIME_ZONE.standardBias
  // A zone without daylight saving time knows no halves.
  const added = isDaylight || half === STANDARD ? bytes.readInt32LE(at) : 0
  const minutes = bytes.readInt32LE(TIME_ZONE.bias) + added
  const name = isDaylight ? TIME_ZONE.daylightName : TIME_ZONE.standardName
  const zone = bytes.toString('utf16le', name, name + NAME_BYTES).replace(/\0.*$/s, '')
  return { zone, offset: 0 - minutes * SECONDS_PER_MINUTE }
}
