// SPDX-License-Identifier: Apache-2.0
/**
 * What the hardware clock shows: adjtime_config(5).
 *
 *     0.0 0 0.0        drift, last adjustment, nothing
 *     0                last calibration
 *     LOCAL            or UTC, also when there is no such line
 */
export function isHardwareClockLocal(text: string): boolean {
  return text.split('\n')[2]?.trim() === 'LOCAL'
}
