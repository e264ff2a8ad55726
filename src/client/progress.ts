// SPDX-License-Identifier: Apache-2.0
/** A line that says how far a copy is, drawn over itself on a terminal. */

export interface State {
  readonly done: number
  readonly total: number | undefined
  /** Bytes that were there before: they say nothing about the rate. */
  readonly start: number
  readonly elapsedMs: number
  /** Of the terminal. */
  readonly columns: number
}

const BAR_MIN = 5
const BAR_MAX = 40
const DRAW_EVERY_MS = 100
const ERASE_TO_END = '\x1b[K'

/** ` 42% [========>           ]  2.1 MiB of 5.0 MiB  120.3 MiB/s  0:03 left`, never wider than the terminal. */
export function progressLine({ done, total, start, elapsedMs, columns }: State): string {
  const rate = elapsedMs > 0 ? ((done - start) / elapsedMs) * 1000 : 0
  const speed = `${formatBytes(rate)}/s`
  if (total === undefined) return `${formatBytes(done)}  ${speed}`.slice(0, columns)
  // A file that grows is never more than complete.
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const percent = `${Math.floor(share * 100)}%`.padStart(4)
  const time =
    done >= total ? `in ${formatTime(elapsedMs / 1000)}` : `${remaining(total - done, rate)} left`
  const text = `${formatBytes(done)} of ${formatBytes(total)}  ${speed}  ${time}`
  const room = columns - percent.length - text.length - ' []  '.length
  const bar = room < BAR_MIN ? '' : ` [${drawBar(share, Math.min(room, BAR_MAX))}]`
  return `${percent}${bar}  ${text}`.slice(0, columns)
}

function drawBar(share: number, width: number): string {
  const filled = Math.floor(share * width)
  return `${'='.repeat(filled)}${filled < width ? '>' : ''}`.padEnd(width)
}

function remaining(bytes: number, rate: number): string {
  return rate > 0 ? formatTime(Math.ceil(bytes / rate)) : '-:--'
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

export function formatBytes(count: number): string {
  if (count < 1024) return `${Math.floor(count)} B`
  let [value, unit] = [count / 1024, 0]
  // What would be rounded to 1024.0 is one of the next unit.
  while (value >= 1023.95 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(1)} ${UNITS[unit]}`
}

function formatTime(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** Draws on stderr, ten times a second at most. */
export class ProgressBar {
  readonly #total: number | undefined
  readonly #startedAt = performance.now()
  #start: number | undefined
  #done = 0
  /** Of the last update: what comes after the last byte, the checksum, says nothing about the rate. */
  #updatedAt = 0
  #drawnAt = Number.NEGATIVE_INFINITY

  constructor(total: number | undefined) {
    this.#total = total
  }

  update(done: number): void {
    this.#start ??= done
    this.#done = done
    this.#updatedAt = performance.now()
    if (performance.now() - this.#drawnAt >= DRAW_EVERY_MS) this.#draw()
  }

  /** The last state, and the cursor on a line of its own. */
  [Symbol.dispose](): void {
    if (this.#start === undefined) return
    this.#draw()
    process.stderr.write('\n')
  }

  #draw(): void {
    this.#drawnAt = performance.now()
    const line = progressLine({
      done: this.#done,
      total: this.#total,
      start: this.#start ?? 0,
      elapsedMs: this.#updatedAt - this.#startedAt,
      // The last column would make some terminals wrap.
      columns: (process.stderr.columns || 80) - 1,
    })
    process.stderr.write(`\r${line}${ERASE_TO_END}`)
  }
}
