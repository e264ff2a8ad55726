// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'bun:test'
import { parseUdevDatabase, parseUevent } from '../../../../platform/linux/parse/udev-database.ts'

test('parseUevent() has what the kernel says', () => {
  const text = 'MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\nPARTN=1\nPARTNAME=a=b\n'
  expect(Object.fromEntries(parseUevent(text))).toEqual({
    MAJOR: '8',
    MINOR: '1',
    DEVNAME: 'sda1',
    DEVTYPE: 'partition',
    PARTN: '1',
    PARTNAME: 'a=b',
  })
})

test('parseUdevDatabase() has the properties, and none of the other lines', () => {
  const text = `S:disk/by-id/scsi-0QEMU_QEMU_HARDDISK_x=y
L:10
I:2134567
E:ID_SERIAL=0QEMU_QEMU_HARDDISK_drive-scsi0
E:DM_NAME=vg-a b
E:EMPTY=
E:=nothing
E:none
G:systemd
Q:systemd
V:1
`
  expect(Object.fromEntries(parseUdevDatabase(text))).toEqual({
    ID_SERIAL: '0QEMU_QEMU_HARDDISK_drive-scsi0',
    DM_NAME: 'vg-a b',
    EMPTY: '',
  })
})
