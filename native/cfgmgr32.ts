// SPDX-License-Identifier: Apache-2.0
/** What is known of a device, and of the one that it hangs on: cfgmgr32.dll, on the work pool. */
import type { DeviceInstance } from './setupapi.ts'
import { library } from './windows-library.ts'
import { guid, wideText } from './windows-memory.ts'

const bind = library('cfgmgr32.dll')

const CR_SUCCESS = 0
/** A DEVPROPKEY: a GUID as it is in memory, and a number. */
export const DEVPROPKEY_BYTES = 20
const PROPERTY_BYTES_MAX = 8192

function key(id: string, number: number): Buffer {
  const bytes = Buffer.concat([guid(id), Buffer.alloc(4)])
  bytes.writeUInt32LE(number, DEVPROPKEY_BYTES - 4)
  return bytes
}

const DEVICE = 'A45C254E-DF1C-4EFD-8020-67D146A850E0'
const DRIVER = 'A8B865DD-2E3D-4094-AD97-E593A70C75D6'

/** DEVPKEY_… */
export const DEVPKEYS = {
  name: key('B725F130-47EF-101A-A5F1-02608C9EEBAC', 10),
  hardwareIds: key(DEVICE, 3),
  busNumber: key(DEVICE, 23),
  address: key(DEVICE, 30),
  driverDate: key(DRIVER, 2),
  driverVersion: key(DRIVER, 3),
} as const
export type DeviceProperty = keyof typeof DEVPKEYS

const CM_Get_DevNode_PropertyW = bind<
  (
    instance: DeviceInstance,
    key: Buffer,
    type: Buffer,
    value: Buffer,
    size: Buffer,
    flags: number,
  ) => number
>(
  'uint32_t __stdcall CM_Get_DevNode_PropertyW(uint32_t instance, void *key, void *type, void *value, void *size, uint32_t flags)',
)

/** CM_Get_DevNode_PropertyW: the bytes of the value; undefined when the device has none. */
export async function deviceProperty(
  instance: DeviceInstance,
  property: DeviceProperty,
): Promise<Buffer | undefined> {
  const [value, type, size] = [Buffer.alloc(PROPERTY_BYTES_MAX), Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32LE(PROPERTY_BYTES_MAX)
  const { result } = await CM_Get_DevNode_PropertyW.later(
    ...([instance, DEVPKEYS[property], type, value, size, 0] as const),
  )
  return result === CR_SUCCESS ? value.subarray(0, size.readUInt32LE()) : undefined
}

const CM_Get_Parent = bind<(parent: Buffer, instance: DeviceInstance, flags: number) => number>(
  'uint32_t __stdcall CM_Get_Parent(void *parent, uint32_t instance, uint32_t flags)',
)

/** CM_Get_Parent; undefined at the root. */
export async function parentDevice(instance: DeviceInstance): Promise<DeviceInstance | undefined> {
  const parent = Buffer.alloc(4)
  const { result } = await CM_Get_Parent.later(parent, instance, 0)
  return result === CR_SUCCESS ? (parent.readUInt32LE() as DeviceInstance) : undefined
}

/** MAX_DEVICE_ID_LEN */
const ID_CHARACTERS_MAX = 200
const CM_Get_Device_IDW = bind<
  (instance: DeviceInstance, id: Buffer, characters: number, flags: number) => number
>(
  'uint32_t __stdcall CM_Get_Device_IDW(uint32_t instance, void *id, uint32_t characters, uint32_t flags)',
)

/** CM_Get_Device_IDW: `PCI\VEN_1AF4&DEV_1001&…`; undefined when it has gone. */
export async function deviceId(instance: DeviceInstance): Promise<string | undefined> {
  const id = Buffer.alloc(2 * (ID_CHARACTERS_MAX + 1))
  const { result } = await CM_Get_Device_IDW.later(instance, id, ID_CHARACTERS_MAX + 1, 0)
  return result === CR_SUCCESS ? wideText(id) : undefined
}
