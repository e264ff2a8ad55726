// SPDX-License-Identifier: Apache-2.0
/** The struct layouts and numbers that the Windows bindings count on, against mingw-w64's headers. */
import { expect, test } from 'bun:test'
import { DEVPKEYS, DEVPROPKEY_BYTES } from '../../native/cfgmgr32.ts'
import { FORWARD_TABLE, IF_ROW2_BYTES, IP_INTERFACE_ROW } from '../../native/iphlpapi.ts'
import { COMMTIMEOUTS_BYTES } from '../../native/kernel32.ts'
import {
  FILE_INFORMATION,
  IO_STATUS_BYTES,
  OBJECT_ATTRIBUTES,
  UNICODE_STRING,
} from '../../native/kernel32-identity.ts'
import { PROCESS_INFORMATION, STARTUPINFOEX } from '../../native/kernel32-process.ts'
import {
  OS_VERSION_BYTES,
  SYSTEM_INFO_BYTES,
  SYSTEMTIME_BYTES,
  TIME_ZONE_BYTES,
} from '../../native/kernel32-system.ts'
import { USER_INFO } from '../../native/netapi32.ts'
import { OVERLAPPED } from '../../native/overlapped.ts'
import { COUNTER_VALUE } from '../../native/pdh.ts'
import { POWER_CAPABILITIES } from '../../native/powrprof.ts'
import { SECURITY_ATTRIBUTES, TOKEN_PRIVILEGES } from '../../native/security.ts'
import {
  DEVINFO_DATA,
  DISKS,
  INTERFACE_DATA_BYTES,
  INTERFACE_DETAIL,
} from '../../native/setupapi.ts'
import { SESSION_INFO_BYTES } from '../../native/wtsapi32.ts'
import { WTS_INFO } from '../../platform/windows/account.ts'
import { ADAPTER, UNICAST } from '../../platform/windows/parse/adapters.ts'
import { AF_INET, AF_INET6, SOCKADDR } from '../../platform/windows/parse/address.ts'
import { FORWARD_ROW, IF_ROW2 } from '../../platform/windows/parse/network-rows.ts'
import { OS_VERSION } from '../../platform/windows/parse/os-version.ts'
import { PROCESSOR_CORE } from '../../platform/windows/parse/processors.ts'
import {
  DEVICE_DESCRIPTOR,
  DEVICE_NUMBER,
  DISK_EXTENTS,
  SCSI_ADDRESS,
} from '../../platform/windows/parse/storage.ts'
import { TIME_ZONE } from '../../platform/windows/parse/time-zone.ts'
import { needs } from '../harness/needs.ts'
import { at, compileFacts, type Fact, size } from '../harness/windows-headers.ts'

const HEADERS = `
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <winternl.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <winioctl.h>
#include <ntddscsi.h>
#include <ntddstor.h>
#include <setupapi.h>
#include <cfgmgr32.h>
#include <lm.h>
#include <pdh.h>
#include <powrprof.h>
#include <wtsapi32.h>
#include <stddef.h>
#include <initguid.h>
#include <winioctl.h>
#include <devpkey.h>
`
const FACTS: readonly Fact[] = [
  [
    [size('OVERLAPPED'), ...at('OVERLAPPED', 'hEvent')],
    [OVERLAPPED.bytes, OVERLAPPED.event],
  ],
  [[size('COMMTIMEOUTS')], [COMMTIMEOUTS_BYTES]],
  [
    [size('BY_HANDLE_FILE_INFORMATION'), ...at('BY_HANDLE_FILE_INFORMATION', 'nNumberOfLinks')],
    Object.values(FILE_INFORMATION),
  ],
  [
    [size('UNICODE_STRING'), ...at('UNICODE_STRING', 'MaximumLength', 'Buffer')],
    Object.values(UNICODE_STRING),
  ],
  [
    [
      size('OBJECT_ATTRIBUTES'),
      ...at('OBJECT_ATTRIBUTES', 'RootDirectory', 'ObjectName', 'Attributes'),
    ],
    Object.values(OBJECT_ATTRIBUTES),
  ],
  [[size('IO_STATUS_BLOCK')], [IO_STATUS_BYTES]],
  [
    [
      size('SECURITY_ATTRIBUTES'),
      ...at('SECURITY_ATTRIBUTES', 'lpSecurityDescriptor', 'bInheritHandle'),
    ],
    Object.values(SECURITY_ATTRIBUTES),
  ],
  [
    [
      size('TOKEN_PRIVILEGES'),
      ...at('TOKEN_PRIVILEGES', 'Privileges[0].Luid', 'Privileges[0].Attributes'),
    ],
    Object.values(TOKEN_PRIVILEGES),
  ],
  [
    [
      size('STARTUPINFOEXW'),
      ...at(
        'STARTUPINFOEXW',
        ...['dwFlags', 'hStdInput', 'hStdOutput', 'hStdError'].map((name) => `StartupInfo.${name}`),
        'lpAttributeList',
      ),
    ],
    Object.values(STARTUPINFOEX),
  ],
  [
    [size('PROCESS_INFORMATION'), ...at('PROCESS_INFORMATION', 'hThread', 'dwProcessId')],
    Object.values(PROCESS_INFORMATION),
  ],
  [
    [
      size('RTL_OSVERSIONINFOEXW'),
      ...at('RTL_OSVERSIONINFOEXW', 'dwMajorVersion', 'dwMinorVersion', 'dwBuildNumber'),
      ...at('RTL_OSVERSIONINFOEXW', 'wProductType'),
    ],
    [OS_VERSION_BYTES, ...Object.values(OS_VERSION)],
  ],
  [
    [size('SYSTEM_INFO'), size('SYSTEMTIME'), size('DYNAMIC_TIME_ZONE_INFORMATION')],
    [SYSTEM_INFO_BYTES, SYSTEMTIME_BYTES, TIME_ZONE_BYTES],
  ],
  [
    at(
      'DYNAMIC_TIME_ZONE_INFORMATION',
      ...['Bias', 'StandardName', 'StandardBias', 'DaylightName', 'DaylightBias'],
    ),
    Object.values(TIME_ZONE),
  ],
  [
    [
      ...at('SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX', 'Size'),
      ...at('SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX', 'Processor.GroupCount'),
      ...at('SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX', 'Processor.GroupMask'),
      size('GROUP_AFFINITY'),
    ],
    Object.values(PROCESSOR_CORE),
  ],
  [
    at(
      'IP_ADAPTER_ADDRESSES',
      ...['IfIndex', 'Next', 'FirstUnicastAddress', 'FriendlyName', 'PhysicalAddress'],
      ...['PhysicalAddressLength', 'Ipv4Metric', 'Ipv6Metric', 'Luid'],
    ),
    Object.values(ADAPTER),
  ],
  [
    at(
      'IP_ADAPTER_UNICAST_ADDRESS',
      ...['Next', 'Address.lpSockaddr', 'Address.iSockaddrLength', 'OnLinkPrefixLength'],
    ),
    Object.values(UNICAST),
  ],
  [
    [
      ...at('struct sockaddr_in', 'sin_addr'),
      ...at('struct sockaddr_in6', 'sin6_addr', 'sin6_scope_id'),
      ...['AF_INET', 'AF_INET6'],
    ],
    [...Object.values(SOCKADDR), AF_INET, AF_INET6],
  ],
  [
    [
      size('MIB_IF_ROW2'),
      ...at('MIB_IF_ROW2', 'Mtu', 'InOctets', 'InUcastPkts', 'InDiscards', 'InErrors'),
      ...at('MIB_IF_ROW2', 'OutOctets', 'OutUcastPkts', 'OutDiscards', 'OutErrors'),
    ],
    [IF_ROW2_BYTES, ...Object.values(IF_ROW2)],
  ],
  [
    [...at('MIB_IPFORWARD_TABLE2', 'Table'), size('MIB_IPFORWARD_ROW2')],
    Object.values(FORWARD_TABLE),
  ],
  [
    at(
      'MIB_IPFORWARD_ROW2',
      ...['InterfaceLuid', 'InterfaceIndex', 'DestinationPrefix'],
      ...['DestinationPrefix.PrefixLength', 'NextHop', 'Metric'],
    ),
    Object.values(FORWARD_ROW),
  ],
  [
    [size('MIB_IPINTERFACE_ROW'), ...at('MIB_IPINTERFACE_ROW', 'InterfaceLuid', 'Metric')],
    Object.values(IP_INTERFACE_ROW),
  ],
  [
    [
      size('STORAGE_DEVICE_DESCRIPTOR'),
      ...at('STORAGE_DEVICE_DESCRIPTOR', 'Size', 'SerialNumberOffset', 'BusType'),
    ],
    Object.values(DEVICE_DESCRIPTOR),
  ],
  [
    [size('STORAGE_DEVICE_NUMBER'), ...at('STORAGE_DEVICE_NUMBER', 'DeviceNumber')],
    Object.values(DEVICE_NUMBER),
  ],
  [
    [size('SCSI_ADDRESS'), ...at('SCSI_ADDRESS', 'PathId', 'TargetId', 'Lun')],
    Object.values(SCSI_ADDRESS),
  ],
  [[...at('VOLUME_DISK_EXTENTS', 'Extents'), size('DISK_EXTENT')], Object.values(DISK_EXTENTS)],
  [
    [
      ...['IOCTL_STORAGE_QUERY_PROPERTY', 'IOCTL_STORAGE_GET_DEVICE_NUMBER'],
      ...['IOCTL_SCSI_GET_ADDRESS', 'IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS'],
      ...['BusTypeFibre', 'BusTypeFileBackedVirtual', 'BusTypeSata'],
    ],
    [0x2d1400, 0x2d1080, 0x41018, 0x560000, 6, 15, 11],
  ],
  [
    [
      size('SP_DEVINFO_DATA'),
      ...at('SP_DEVINFO_DATA', 'DevInst'),
      size('SP_DEVICE_INTERFACE_DATA'),
      size('SP_DEVICE_INTERFACE_DETAIL_DATA_W'),
      ...at('SP_DEVICE_INTERFACE_DETAIL_DATA_W', 'DevicePath'),
      size('DEVPROPKEY'),
    ],
    [
      ...Object.values(DEVINFO_DATA),
      INTERFACE_DATA_BYTES,
      ...Object.values(INTERFACE_DETAIL),
      DEVPROPKEY_BYTES,
    ],
  ],
  [
    [
      ...[size('USER_INFO_4'), ...at('USER_INFO_4', 'usri4_priv', 'usri4_user_sid')],
      size('USER_INFO_1'),
    ],
    Object.values(USER_INFO),
  ],
  [
    [size('PDH_FMT_COUNTERVALUE'), ...at('PDH_FMT_COUNTERVALUE', 'doubleValue')],
    Object.values(COUNTER_VALUE),
  ],
  [
    [size('SYSTEM_POWER_CAPABILITIES'), ...at('SYSTEM_POWER_CAPABILITIES', 'SystemS3', 'SystemS4')],
    Object.values(POWER_CAPABILITIES),
  ],
  [
    [size('WTS_SESSION_INFOW'), size('WTSINFOW'), ...at('WTSINFOW', 'LogonTime')],
    [SESSION_INFO_BYTES, ...Object.values(WTS_INFO)],
  ],
]

/** What C calls it, and its bytes as we have them. */
const BYTES: readonly (readonly [c: string, ours: Buffer])[] = [
  ['GUID_DEVINTERFACE_DISK', DISKS],
  ['DEVPKEY_NAME', DEVPKEYS.name],
  ['DEVPKEY_Device_HardwareIds', DEVPKEYS.hardwareIds],
  ['DEVPKEY_Device_BusNumber', DEVPKEYS.busNumber],
  ['DEVPKEY_Device_Address', DEVPKEYS.address],
  ['DEVPKEY_Device_DriverDate', DEVPKEYS.driverDate],
  ['DEVPKEY_Device_DriverVersion', DEVPKEYS.driverVersion],
]

test.if(needs('x86_64-w64-mingw32-gcc'))('are those of the Windows headers', async () => {
  // In the object file, for the bytes of a constant are none that the compiler can compare.
  const values = BYTES.map(
    ([name, ours]) =>
      `const unsigned char ours_${name}[] = {${[...ours].join(',')}}; const void *theirs_${name} = &${name};`,
  )
  const found = await compileFacts(HEADERS, FACTS, values)
  for (const [name, ours] of BYTES) {
    const isTwice = occurrences(found, ours) > 1
    expect([name, isTwice]).toEqual([name, true])
  }
})

function occurrences(bytes: Buffer, searched: Buffer): number {
  let count = 0
  for (let i = bytes.indexOf(searched); i >= 0; i = bytes.indexOf(searched, i + 1)) count++
  return count
}
