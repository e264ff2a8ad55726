// SPDX-License-Identifier: Apache-2.0
/**
 * Lines of the agent's log as events:
 *
 *     1732788155.123456: critical: error opening channel          src/log.ts
 *     ** (process:12): CRITICAL **: 10:20:30.123: no such file     src/early-log.ts
 */
import type { EventType } from '../../../native/event-log.ts'

const LINE = /^(?:\d+\.\d{6}: (\w+): |\*\* \(process:\d+\): (\w+) \*\*: [\d:.]+: )(.*)$/
const TYPES: Readonly<Record<string, EventType>> = {
  error: 'error',
  critical: 'error',
  warning: 'warning',
}

export interface LogEvent {
  readonly type: EventType
  readonly text: string
}

/** A line that begins with no time goes on with the one before. */
export function parseLogLines(text: string): readonly LogEvent[] {
  const events: { type: EventType; text: string }[] = []
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, level, earlyLevel, message] = LINE.exec(line) ?? []
    const last = events.at(-1)
    if (message !== undefined) {
      events.push({
        type: TYPES[(level ?? earlyLevel ?? '').toLowerCase()] ?? 'information',
        text: message,
      })
    } else if (last !== undefined) last.text += `\n${line}`
    else events.push({ type: 'information', text: line })
  }
  return events
}
