// SPDX-License-Identifier: Apache-2.0
/** The agent's source in the Event Log, log Application: accounts of what was done, and a service's own log. */
import {
  type EventSource,
  type EventType,
  openEventLog,
  reportEvent,
  reportEventNow,
} from '../../native/event-log.ts'
import type { Accounts } from '../../src/log.ts'
import { parseLogLines } from './parse/log-line.ts'

/** As qemu-ga calls it. */
const EVENT_SOURCE = 'qemu-ga'
/** Reports under way; beyond that they are dropped, and counted. */
const WAITING_MAX = 100

export interface EventLog {
  /** Never waits; resolves when the event is there, or lost. */
  tell(type: EventType, text: string): Promise<void>
  /** Resolves when all that was told is there, or lost. */
  flush(): Promise<void>
  /** For what the process says last. */
  tellNow(type: EventType, text: string): void
}

export function createEventLog(): EventLog {
  let source: EventSource | undefined
  const waiting = new Set<Promise<void>>()
  let dropped = 0
  const opened = () => {
    source ??= openEventLog(EVENT_SOURCE)
    return source
  }
  const report = async (type: EventType, text: string) => {
    try {
      const missing = dropped
      dropped = 0
      if (missing > 0) await reportEvent(opened(), 'warning', `${missing} events dropped`)
      await reportEvent(opened(), type, text)
    } catch {
      // Without the Event Log there is nobody to tell.
    }
  }
  const tell = async (type: EventType, text: string) => {
    if (waiting.size >= WAITING_MAX) {
      dropped++
      return
    }
    const reported = report(type, text)
    waiting.add(reported)
    await reported
    waiting.delete(reported)
  }
  return {
    tell,
    flush: async () => void (await Promise.all(waiting)),
    tellNow: (type, text) => reportEventNow(opened(), type, text),
  }
}

/** Accounts of what was done, as qemu-ga gives them: information, whatever the level of the log. */
export function createAccounts(): Accounts {
  const { tell, flush } = createEventLog()
  return { tell: (message) => void tell('information', message), flush }
}

/** The log of a service without a file for it: to whom its standard error goes, nobody knows. */
export function eventSink(events: EventLog): (text: string) => Promise<void> {
  return async (text) => {
    for (const event of parseLogLines(text)) await events.tell(event.type, event.text)
  }
}
