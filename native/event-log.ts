// SPDX-License-Identifier: Apache-2.0
/** The Event Log: advapi32.dll. */
import { win32Error } from './win32-error.ts'
import { lastError, library } from './windows-library.ts'
import { NativeMemory } from './windows-memory.ts'

const bind = library('advapi32.dll')

export type EventSource = bigint & { readonly brand: 'event source' }
const EVENT_TYPES = { error: 1, warning: 2, information: 4 } as const
export type EventType = keyof typeof EVENT_TYPES

/** Longer texts are refused as a whole. */
const CHARACTERS_MAX = 31_839
/** Of a message file whose message 1 is `%1`. */
const EVENT_ID = 1

const RegisterEventSourceW = bind<(machine: null, source: string) => EventSource | null>(
  'void * __stdcall RegisterEventSourceW(void *machine, str16 source)',
)
const ReportEventW = bind<
  (
    source: EventSource,
    type: number,
    category: number,
    id: number,
    sid: null,
    texts: number,
    bytes: number,
    textList: Buffer,
    data: null,
  ) => number
>(
  'int __stdcall ReportEventW(void *source, uint16_t type, uint16_t category, uint32_t id, void *sid, uint16_t texts, uint32_t bytes, void *textList, void *data)',
)

/** RegisterEventSourceW @throws Win32Error */
export function openEventLog(source: string): EventSource {
  const opened = RegisterEventSourceW(null, source)
  if (opened === null) throw win32Error('unable to register event source', lastError())
  return opened
}

/** ReportEventW, on the work pool; resolves when it is there, or lost. */
export async function reportEvent(source: EventSource, type: EventType, text: string) {
  using memory = memoryOf(text)
  await ReportEventW.later(...report(source, type, memory))
}

/** ReportEventW, at once. */
export function reportEventNow(source: EventSource, type: EventType, text: string): void {
  using memory = memoryOf(text)
  ReportEventW(...report(source, type, memory))
}

function memoryOf(text: string): NativeMemory {
  return NativeMemory.text(text.slice(0, CHARACTERS_MAX))
}

function report(source: EventSource, type: EventType, text: NativeMemory) {
  const list = Buffer.alloc(8)
  list.writeBigUInt64LE(text.address)
  return [source, EVENT_TYPES[type], 0, EVENT_ID, null, 1, 0, list, null] as const
}
