// SPDX-License-Identifier: Apache-2.0
/** The devices that are present: setupapi.dll. */
import { win32Error } from './win32-error.ts'
import { library } from './windows-library.ts'
import { guid, wideText } from './windows-memory.ts'

const bind = library('setupapi.dll')

/** A HDEVINFO: a list of devices as they were at one moment. */
type DeviceList = (number | bigint) & { readonly brand: 'HDEVINFO' }
/** A DEVINST, by which cfgmgr32.dll knows a device. */
export type DeviceInstance = number & { readonly brand: 'DEVINST' }

const INVALID_HANDLE_VALUE = -1
const DIGCF_PRESENT = 0x2
const DIGCF_ALLCLASSES = 0x4
const DIGCF_DEVICEINTERFACE = 0x10
/** SP_DEVINFO_DATA; SP_DEVICE_INTERFACE_DATA; and the beginning of SP_DEVICE_INTERFACE_DETAIL_DATA_W, whose size counts padding. */
export const DEVINFO_DATA = { bytes: 32, instance: 20 } as const
export const INTERFACE_DATA_BYTES = 32
export const INTERFACE_DETAIL = { bytes: 8, path: 4 } as const
const DETAIL_BYTES_MAX = 4096

/** GUID_DEVINTERFACE_DISK */
export const DISKS = guid('53F56307-B6BF-11D0-94F2-00A0C91EFB8B')

const SetupDiGetClassDevsW = bind<
  (kind: Buffer | null, enumerator: null, window: null, flags: number) => DeviceList
>(
  'intptr_t __stdcall SetupDiGetClassDevsW(void *kind, void *enumerator, void *window, uint32_t flags)',
)
const SetupDiEnumDeviceInfo = bind<(list: DeviceList, index: number, data: Buffer) => number>(
  'int __stdcall SetupDiEnumDeviceInfo(intptr_t list, uint32_t index, void *data)',
)
const SetupDiEnumDeviceInterfaces = bind<
  (list: DeviceList, device: null, kind: Buffer, index: number, data: Buffer) => number
>(
  'int __stdcall SetupDiEnumDeviceInterfaces(intptr_t list, void *device, void *kind, uint32_t index, void *data)',
)
const SetupDiGetDeviceInterfaceDetailW = bind<
  (
    list: DeviceList,
    data: Buffer,
    detail: Buffer,
    size: number,
    needed: null,
    device: Buffer,
  ) => number
>(
  'int __stdcall SetupDiGetDeviceInterfaceDetailW(intptr_t list, void *data, void *detail, uint32_t size, void *needed, void *device)',
)
const SetupDiDestroyDeviceInfoList = bind<(list: DeviceList) => number>(
  'int __stdcall SetupDiDestroyDeviceInfoList(intptr_t list)',
)

async function withDevices<T>(
  kind: Buffer | null,
  flags: number,
  use: (list: DeviceList) => Promise<T>,
): Promise<T> {
  const { result, error } = await SetupDiGetClassDevsW.later(kind, null, null, flags)
  if (result === INVALID_HANDLE_VALUE) throw win32Error('failed to get device tree', error)
  try {
    return await use(result)
  } finally {
    SetupDiDestroyDeviceInfoList(result)
  }
}

/** All devices that are present. @throws OsError in upstream's words */
export function presentDevices(): Promise<DeviceInstance[]> {
  return withDevices(null, DIGCF_PRESENT | DIGCF_ALLCLASSES, (list) => {
    const found: DeviceInstance[] = []
    const data = sized(DEVINFO_DATA.bytes)
    while (SetupDiEnumDeviceInfo(list, found.length, data) !== 0) found.push(instanceIn(data))
    return Promise.resolve(found)
  })
}

export interface DiskInterface {
  /** What CreateFileW takes. */
  readonly path: string
  readonly instance: DeviceInstance
}

/** The disks that are present, each with the path that opens it. @throws OsError in upstream's words */
export function diskInterfaces(): Promise<DiskInterface[]> {
  return withDevices(DISKS, DIGCF_PRESENT | DIGCF_DEVICEINTERFACE, async (list) => {
    const found: DiskInterface[] = []
    const data = sized(INTERFACE_DATA_BYTES)
    for (let i = 0; SetupDiEnumDeviceInterfaces(list, null, DISKS, i, data) !== 0; i++) {
      const detail = Buffer.alloc(DETAIL_BYTES_MAX)
      detail.writeUInt32LE(INTERFACE_DETAIL.bytes)
      const device = sized(DEVINFO_DATA.bytes)
      const { result } = await SetupDiGetDeviceInterfaceDetailW.later(
        ...([list, data, detail, DETAIL_BYTES_MAX, null, device] as const),
      )
      // One that has gone meanwhile is none.
      if (result === 0) continue
      found.push({ path: wideText(detail, INTERFACE_DETAIL.path), instance: instanceIn(device) })
    }
    return found
  })
}

/** A struct that begins with its own size. */
function sized(bytes: number): Buffer {
  const data = Buffer.alloc(bytes)
  data.writeUInt32LE(bytes)
  return data
}

function instanceIn(data: Buffer): DeviceInstance {
  return data.readUInt32LE(DEVINFO_DATA.instance) as DeviceInstance
}
