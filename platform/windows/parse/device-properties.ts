// SPDX-License-Identifier: Apache-2.0
/** Values of device properties: DEVPROP_TYPE_STRING, _STRING_LIST, _UINT32 and _FILETIME. */

/** Texts that each end with a NUL; an empty one ends the list. Names of volumes come in this form too. */
export function parseStrings(bytes: Buffer): string[] {
  const texts = bytes.toString('utf16le').split('\0')
  const end = texts.indexOf('')
  return end < 0 ? texts : texts.slice(0, end)
}

export function parseString(bytes: Buffer): string {
  return bytes.toString('utf16le').replace(/\0.*$/s, '')
}

/** Undefined when the value is of another size. */
export function parseUint32(bytes: Buffer | undefined): number | undefined {
  return bytes?.length === 4 ? bytes.readUInt32LE() : undefined
}

/** Undefined when the value is of another size. */
export function parseFileTime(bytes: Buffer | undefined): bigint | undefined {
  return bytes?.length === 8 ? bytes.readBigUInt64LE() : undefined
}

/** Of the vendors whose devices QEMU makes: Red Hat's virtio, and Red Hat's others. */
const QEMU_DEVICE = /^PCI\\VEN_(1AF4|1B36)&DEV_([0-9A-F]{4})(?:&|$)/

/** `PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00`, and less exact forms of it. */
export function parseHardwareIds(ids: readonly string[]) {
  for (const id of ids) {
    const [, vendor, device] = QEMU_DEVICE.exec(id) ?? []
    if (vendor === undefined || device === undefined) continue
    return { 'vendor-id': Number.parseInt(vendor, 16), 'device-id': Number.parseInt(device, 16) }
  }
  return undefined
}
