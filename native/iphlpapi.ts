// SPDX-License-Identifier: Apache-2.0
/** Adapters, counters and routes: iphlpapi.dll, on the work pool. Its functions return their error codes. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'
import { copyOf, NativeMemory } from './windows-memory.ts'

const bind = library('iphlpapi.dll')

/** Structs that point at each other: a copy, and where they were. */
export interface Image {
  readonly address: bigint
  readonly bytes: Buffer
}

const AF_UNSPEC = 0
/** GAA_FLAG_SKIP_ANYCAST, _MULTICAST and _DNS_SERVER. */
const ONLY_UNICAST = 0xe
const ERROR_BUFFER_OVERFLOW = 111
const ERROR_NO_DATA = 232
const FIRST_BYTES = 16 * 1024
/** Adapters come and go between the question for the size and the one for them. */
const TRIES = 5
const GetAdaptersAddresses = bind<
  (family: number, flags: number, reserved: null, adapters: bigint, size: [number]) => number
>(
  'uint32_t __stdcall GetAdaptersAddresses(uint32_t family, uint32_t flags, void *reserved, void *adapters, _Inout_ uint32_t *size)',
)

/** GetAdaptersAddresses: a list of IP_ADAPTER_ADDRESSES. @throws OsError `action: system message` */
export async function adaptersAddresses(action: string): Promise<Image> {
  const size: [number] = [FIRST_BYTES]
  for (let tries = 1; ; tries++) {
    using memory = new NativeMemory(size[0])
    const { result } = await GetAdaptersAddresses.later(
      ...([AF_UNSPEC, ONLY_UNICAST, null, memory.address, size] as const),
    )
    if (result === 0) return { address: memory.address, bytes: Buffer.from(memory.bytes) }
    if (result === ERROR_NO_DATA) return { address: memory.address, bytes: Buffer.alloc(0) }
    if (result !== ERROR_BUFFER_OVERFLOW || tries === TRIES) throw win32Error(action, result)
  }
}

export const IF_ROW2_BYTES = 1352
const GetIfEntry2 = bind<(row: Buffer) => number>('uint32_t __stdcall GetIfEntry2(void *row)')

/** GetIfEntry2: MIB_IF_ROW2 of an interface; undefined when there is none. */
export async function interfaceRow(luid: bigint): Promise<Buffer | undefined> {
  const row = Buffer.alloc(IF_ROW2_BYTES)
  row.writeBigUInt64LE(luid)
  return (await GetIfEntry2.later(row)).result === 0 ? row : undefined
}

/** MIB_IPFORWARD_TABLE2: a count, and rows from the eighth byte on. */
export const FORWARD_TABLE = { rows: 8, rowBytes: 104 } as const
const GetIpForwardTable2 = bind<(family: number, table: [bigint | null]) => number>(
  'uint32_t __stdcall GetIpForwardTable2(uint16_t family, _Out_ void **table)',
)
const FreeMibTable = bind<(table: bigint) => void>('void __stdcall FreeMibTable(void *table)')

/** GetIpForwardTable2: the MIB_IPFORWARD_ROW2 of both families. @throws OsError `action: system message` */
export async function forwardRows(action: string): Promise<Buffer[]> {
  const out: [bigint | null] = [null]
  const { result } = await GetIpForwardTable2.later(AF_UNSPEC, out)
  if (result !== 0) throw win32Error(action, result)
  const [table] = out
  if (table === null) return []
  const { rows, rowBytes } = FORWARD_TABLE
  const count = copyOf(table, 4).readUInt32LE()
  const bytes = copyOf(table, rows + rowBytes * count).subarray(rows)
  FreeMibTable(table)
  return Array.from({ length: count }, (_, i) => bytes.subarray(rowBytes * i, rowBytes * (i + 1)))
}

/** MIB_IPINTERFACE_ROW */
export const IP_INTERFACE_ROW = { bytes: 168, luid: 8, metric: 148 } as const
const InitializeIpInterfaceEntry = bind<(row: Buffer) => void>(
  'void __stdcall InitializeIpInterfaceEntry(void *row)',
)
const GetIpInterfaceEntry = bind<(row: Buffer) => number>(
  'uint32_t __stdcall GetIpInterfaceEntry(void *row)',
)

/** GetIpInterfaceEntry: what an interface adds to its routes' metrics; undefined when nobody says. */
export async function interfaceMetric(family: number, luid: bigint): Promise<number | undefined> {
  if (!GetIpInterfaceEntry.exists() || !InitializeIpInterfaceEntry.exists()) return undefined
  const row = Buffer.alloc(IP_INTERFACE_ROW.bytes)
  InitializeIpInterfaceEntry(row)
  row.writeUInt16LE(family)
  row.writeBigUInt64LE(luid, IP_INTERFACE_ROW.luid)
  const { result } = await GetIpInterfaceEntry.later(row)
  return result === 0 ? row.readUInt32LE(IP_INTERFACE_ROW.metric) : undefined
}
