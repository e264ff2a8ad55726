// SPDX-License-Identifier: Apache-2.0
/** Output that nobody keeps is still read, for its program's sake, but at a pace that leaves the processor to others. */

/** 100 MiB a second at the most. */
const STEP_BYTES = 1024 * 1024
const PAUSE_MS = 10

export class Flood {
  #dropped = 0

  /**
   * Counts what was read and dropped.
   * @returns how many milliseconds to wait before more is read
   */
  dropped(bytes: number): number {
    this.#dropped += bytes
    if (this.#dropped < STEP_BYTES) return 0
    this.#dropped = 0
    return PAUSE_MS
  }
}
