// SPDX-License-Identifier: Apache-2.0
/** Every parser, with samples of what it is for. */
import { isHardwareClockLocal } from '../../platform/linux/parse/adjtime.ts'
import { parseAssignments } from '../../platform/linux/parse/assignments.ts'
import * as linuxKeys from '../../platform/linux/parse/authorized-keys.ts'
import {
  ccwAddress,
  hostAdapter,
  isLoop,
  isVirtioBlock,
  isVirtualBlock,
  pciFunctions,
  scsiPosition,
} from '../../platform/linux/parse/device-path.ts'
import { parseDiskstats } from '../../platform/linux/parse/diskstats.ts'
import { addressText } from '../../platform/linux/parse/inet.ts'
import { parseMountinfo, parseMounts } from '../../platform/linux/parse/mounts.ts'
import { numberedEntries } from '../../platform/linux/parse/numbered.ts'
import { parseNvmeSmart, SMART_LOG_BYTES } from '../../platform/linux/parse/nvme-smart.ts'
import { parseOsRelease } from '../../platform/linux/parse/os-release.ts'
import { parseCpuTimes } from '../../platform/linux/parse/proc-stat.ts'
import { parseIpv4Routes, parseIpv6Routes } from '../../platform/linux/parse/routes.ts'
import { parseAddress, parseLink, STATS64 } from '../../platform/linux/parse/rtnetlink.ts'
import { parseUdevDatabase, parseUevent } from '../../platform/linux/parse/udev-database.ts'
import { parseUtmp, UTMPX } from '../../platform/linux/parse/utmp.ts'
import { parseAdapters } from '../../platform/windows/parse/adapters.ts'
import { maskText, parseSocketAddress } from '../../platform/windows/parse/address.ts'
import { argumentList } from '../../platform/windows/parse/argument-list.ts'
import * as windowsKeys from '../../platform/windows/parse/authorized-keys.ts'
import { batchCommandLine, commandLine } from '../../platform/windows/parse/command-line.ts'
import {
  parseFileTime,
  parseHardwareIds,
  parseString,
  parseStrings,
  parseUint32,
} from '../../platform/windows/parse/device-properties.ts'
import { parseLogLines } from '../../platform/windows/parse/log-line.ts'
import { parseMtu, parseRoute, parseStatistics } from '../../platform/windows/parse/network-rows.ts'
import { osInfo, parseOsVersion } from '../../platform/windows/parse/os-version.ts'
import { countProcessors } from '../../platform/windows/parse/processors.ts'
import {
  parseDeviceDescriptor,
  parseDeviceNumber,
  parseExtents,
  parseScsiAddress,
} from '../../platform/windows/parse/storage.ts'
import { parseTimeZone } from '../../platform/windows/parse/time-zone.ts'
import { parseKeyFile } from '../../src/key-file.ts'
import captured from '../fixtures/linux/storage/machine.json'

export interface Parser {
  readonly name: string
  readonly samples: readonly Buffer[]
  /** What answers from a struct gives as many bytes as the struct has, whatever is in them. */
  readonly isStruct?: true
  parse(bytes: Buffer): unknown
}

/** A parser of text, of which the system gives bytes. */
function ofText(
  name: string,
  samples: readonly string[],
  parse: (text: string) => unknown,
): Parser {
  return {
    name,
    samples: samples.map((sample) => Buffer.from(sample)),
    parse: (bytes) => parse(bytes.toString('latin1')),
  }
}

function ofStruct(name: string, sizes: readonly number[], parse: Parser['parse']): Parser {
  return { name, samples: sizes.map((size) => Buffer.alloc(size)), isStruct: true, parse }
}

const DEVICE_PATHS = [
  '/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:1/0:0:1:2/block/sda',
  '/sys/devices/pci0000:00/0000:00:05.0/virtio2/block/vda/vda1',
  '/sys/devices/css0/0.0.0001/0.0.ffff/host0/block/sda',
  '/sys/devices/virtual/block/loop0',
]
const KEYS = [
  '# note\nssh-ed25519 AAAA me@here\n\nfrom="10.*" ssh-rsa BBBB\n',
  'ssh-rsa CCCC',
  '\r\n\r\n',
]

const LINUX: readonly Parser[] = [
  ofText('adjtime(5)', ['0.0 0 0\n0\nLOCAL\n', ''], isHardwareClockLocal),
  ofText(
    'settings of services',
    ['# x\nexport A="b c"\nD=\'e\' # f\nG=h\\\ni\n'],
    parseAssignments,
  ),
  ofText('authorized_keys', KEYS, linuxKeys.keysIn),
  ofText('authorized_keys, one added', KEYS, (text) => linuxKeys.withKeys(text, ['ssh-rsa DDDD'])),
  ofText('authorized_keys, one removed', KEYS, (text) =>
    linuxKeys.withoutKeys(text, ['ssh-rsa CCCC']),
  ),
  ofText('paths of devices', DEVICE_PATHS, (path) => [
    pciFunctions(path),
    scsiPosition(path),
    hostAdapter(path),
    ccwAddress(path),
    isLoop(path) || isVirtualBlock(path) || isVirtioBlock(path),
  ]),
  ofText(
    '/proc/diskstats',
    [' 254 0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n'],
    parseDiskstats,
  ),
  ofStruct('addresses', [4, 16], addressText),
  { name: 'mountinfo', samples: [Buffer.from(captured.mountinfo)], parse: parseMountinfo },
  {
    name: 'mounts',
    samples: [Buffer.from('/dev/vda1 / ext4 rw 0 0\n/dev/a\\040b /mnt\\011x xfs ro 0 0\n')],
    parse: parseMounts,
  },
  ofText('numbered entries', ['cpu0\ncpu1\ncpufreq\ncpu10\n'], (text) =>
    numberedEntries('cpu', text.split('\n')),
  ),
  ofStruct('NVMe SMART log', [SMART_LOG_BYTES], parseNvmeSmart),
  ofText(
    'os-release(5)',
    [`ID=debian\nNAME='a "b'\nX="c\\"d"\n# e\nodd line\nY=$Z\n`],
    parseOsRelease,
  ),
  ofText(
    '/proc/stat',
    ['cpu  1 2 3 4\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4\nintr 1\n'],
    (text) => parseCpuTimes(text, 10n),
  ),
  ofText(
    '/proc/net/route',
    [
      'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n',
    ],
    parseIpv4Routes,
  ),
  ofText(
    '/proc/net/ipv6_route',
    [
      '20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n',
    ],
    parseIpv6Routes,
  ),
  ...rtnetlink(),
  ofText('uevent', ['MAJOR=8\nDEVNAME=sda\nDEVTYPE=disk\n'], parseUevent),
  ofText('udev database', ['S:disk/by-id/x\nE:ID_SERIAL=y z\nG:systemd\n'], parseUdevDatabase),
  ...(['x64', 'arm64'] as const).map((arch): Parser => {
    const record = Buffer.alloc(UTMPX[arch].bytes)
    record.writeInt16LE(7, UTMPX.type)
    record.write('somebody', UTMPX.user)
    const samples = [Buffer.concat([record, record])]
    return { name: `utmp(5) of ${arch}`, samples, parse: (bytes) => parseUtmp(bytes, arch) }
  }),
  {
    name: 'qemu-ga.conf',
    samples: [Buffer.from('# a\n[general]\nb=c;d\\s\\n\n\n')],
    parse: parseKeyFile,
  },
]

function rtnetlink(): Parser[] {
  const attribute = (type: number, value: Buffer) => {
    const header = Buffer.alloc(4)
    header.writeUInt16LE(4 + value.length)
    header.writeUInt16LE(type, 2)
    return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
  }
  const link = Buffer.concat([
    Buffer.alloc(16),
    attribute(1, Buffer.from('525400123456', 'hex')),
    attribute(3, Buffer.from('eth0\0')),
    attribute(23, Buffer.alloc(200, 7)),
  ])
  const address = Buffer.concat([
    Buffer.alloc(8),
    attribute(1, Buffer.from([192, 0, 2, 1])),
    attribute(3, Buffer.from('eth0:1\0')),
  ])
  const counters = Object.keys(STATS64) as (keyof typeof STATS64)[]
  return [
    {
      name: 'RTM_NEWLINK',
      samples: [link],
      isStruct: true,
      parse: (bytes) => {
        const { counter, ...others } = parseLink(bytes)
        return [others, counters.map(counter)]
      },
    },
    { name: 'RTM_NEWADDR', samples: [address], isStruct: true, parse: parseAddress },
  ]
}

/** Where the adapters lay when they were copied. */
const BASE = 0x10000n

const WINDOWS: readonly Parser[] = [
  {
    name: 'adapters',
    samples: [adapters()],
    isStruct: true,
    parse: (bytes) => parseAdapters(BASE, bytes),
  },
  ofStruct('SOCKADDR_INET', [28], parseSocketAddress),
  ofStruct('prefixes', [1], (bytes) => maskText(bytes[0] ?? 0)),
  ofText('authorized_keys of Windows', KEYS, (text) => [
    windowsKeys.keysIn(text),
    windowsKeys.withKeys(text, ['ssh-rsa DDDD']),
    windowsKeys.withoutKeys(text, ['ssh-rsa CCCC']),
  ]),
  ofText('arguments', ['a b"c\\', '\\\\"x\\\\', ''], (text) => {
    const args = text.split(' ')
    return [commandLine(args), attempt(() => batchCommandLine('cmd.exe', 'a.bat', args))]
  }),
  ofText('a command line', ['"C:\\a b\\c.exe" -d -p "a \\"b\\""', 'x\\\\" y'], argumentList),
  ofText('a command line, made and read', ['a b"c\\', '"" \\\\"x\\\\'], (text) => {
    const argv = ['program', ...text.split('\0')]
    if (!Bun.deepEquals(argumentList(commandLine(argv)), argv)) throw new Error('read otherwise')
    return argv
  }),
  ofText(
    'lines of the log',
    ['1732788155.123456: critical: a\n** (process:12): WARNING **: 10:20:30.123: b\nc\n'],
    parseLogLines,
  ),
  ...deviceProperties(),
  ofStruct('MIB_IF_ROW2', [1352], (bytes) => [parseStatistics(bytes), parseMtu(bytes)]),
  ofStruct('MIB_IPFORWARD_ROW2', [104], parseRoute),
  ofStruct('RTL_OSVERSIONINFOEXW', [284], (bytes) =>
    osInfo(parseOsVersion(bytes), 9, 'Windows 10 Pro'),
  ),
  ofStruct('processors', [32, 48, 480], countProcessors),
  ofStruct('STORAGE_DEVICE_DESCRIPTOR', [40, 200], parseDeviceDescriptor),
  ofStruct('STORAGE_DEVICE_NUMBER', [12], parseDeviceNumber),
  ofStruct('SCSI_ADDRESS', [8], parseScsiAddress),
  ofStruct('VOLUME_DISK_EXTENTS', [8, 32, 200], parseExtents),
  ofStruct('DYNAMIC_TIME_ZONE_INFORMATION', [432], (bytes) =>
    [0, 1, 2].map((half) => parseTimeZone(half, bytes)),
  ),
]

function deviceProperties(): Parser[] {
  const wide = (text: string) => Buffer.from(text, 'utf16le')
  return [
    {
      name: 'properties of devices',
      samples: [
        wide('PCI\\VEN_1AF4&DEV_1001&REV_00\0PCI\\VEN_1AF4\0\0'),
        wide('x'),
        Buffer.alloc(8),
      ],
      parse: (bytes) => [
        parseHardwareIds(parseStrings(bytes)),
        parseString(bytes),
        parseUint32(bytes),
        parseFileTime(bytes),
      ],
    },
  ]
}

/** Two adapters that point at each other, each with a name and an address. */
function adapters(): Buffer {
  const bytes = Buffer.alloc(2000)
  for (const [entry, next] of [
    [0, 500],
    [500, 0],
  ] as const) {
    bytes.writeBigUInt64LE(next === 0 ? 0n : BASE + BigInt(next), entry + 8)
    bytes.writeBigUInt64LE(BASE + BigInt(entry + 300), entry + 24)
    bytes.writeBigUInt64LE(BASE + BigInt(entry + 400), entry + 72)
    bytes.writeUInt32LE(6, entry + 88)
    bytes.writeBigUInt64LE(BASE + BigInt(entry + 370), entry + 300 + 16)
    bytes.writeUInt16LE(2, entry + 370)
    bytes.write('Ethernet', entry + 400, 'utf16le')
  }
  return bytes
}

/** What is refused with an error of its own. */
function attempt(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    if (error instanceof Error && 'wireClass' in error) return error.message
    throw error
  }
}

export const PARSERS: readonly Parser[] = [...LINUX, ...WINDOWS]
