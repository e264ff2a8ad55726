// SPDX-License-Identifier: Apache-2.0
/** Performance counters: pdh.dll. Its functions return their error codes. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'

const bind = library('pdh.dll')

/** A PDH_HQUERY and the PDH_HCOUNTER in it. */
type Query = (number | bigint) & { readonly brand: 'HQUERY' }
type Counter = (number | bigint) & { readonly brand: 'HCOUNTER' }

const PdhOpenQueryW = bind<(source: null, context: number, query: [Query]) => number>(
  'uint32_t __stdcall PdhOpenQueryW(void *source, uintptr_t context, _Out_ intptr_t *query)',
)
const PdhAddEnglishCounterW = bind<
  (query: Query, path: string, context: number, counter: [Counter]) => number
>(
  'uint32_t __stdcall PdhAddEnglishCounterW(intptr_t query, str16 path, uintptr_t context, _Out_ intptr_t *counter)',
)
const PdhCollectQueryData = bind<(query: Query) => number>(
  'uint32_t __stdcall PdhCollectQueryData(intptr_t query)',
)
/** PDH_FMT_COUNTERVALUE: a status, and the value. */
export const COUNTER_VALUE = { bytes: 16, value: 8 } as const
const PDH_FMT_DOUBLE = 0x200
const PdhGetFormattedCounterValue = bind<
  (counter: Counter, format: number, type: null, value: Buffer) => number
>(
  'uint32_t __stdcall PdhGetFormattedCounterValue(intptr_t counter, uint32_t format, void *type, void *value)',
)
const PdhCloseQuery = bind<(query: Query) => number>(
  'uint32_t __stdcall PdhCloseQuery(intptr_t query)',
)

export interface CounterReader {
  /** The value now; undefined when there is none. */
  sample(): Promise<number | undefined>
}

/** A counter by its English name, on the work pool. @throws OsError in upstream's words */
export async function openCounter(path: string): Promise<CounterReader> {
  const query: [Query] = [0 as Query]
  const opened = (await PdhOpenQueryW.later(null, 0, query)).result
  if (opened !== 0) throw win32Error(failed('PdhOpenQueryW', opened), opened)
  const counter: [Counter] = [0 as Counter]
  const added = (await PdhAddEnglishCounterW.later(query[0], path, 0, counter)).result
  if (added !== 0) {
    await PdhCloseQuery.later(query[0])
    const why = `${failed('PdhAddEnglishCounterW', added)}. Performance counters may be disabled.`
    throw win32Error(why, added)
  }
  return {
    sample: async () => {
      if ((await PdhCollectQueryData.later(query[0])).result !== 0) return undefined
      const value = Buffer.alloc(COUNTER_VALUE.bytes)
      const status = PdhGetFormattedCounterValue(counter[0], PDH_FMT_DOUBLE, null, value)
      return status === 0 ? value.readDoubleLE(COUNTER_VALUE.value) : undefined
    },
  }
}

function failed(call: string, status: number): string {
  return `${call} failed with 0x${status.toString(16)}`
}
